// Compares the ticks that cron_ticks prints with those of a library of npm, which is in the folder of the process:
//   node compare_ticks.mjs LIBRARY ZONE COUNT FILE
// Prints a line: how many were compared; how many of them one has alone, and some; how many of those within three hours of a
// moment at which the zone's clocks are set, where each library has rules of its own, and some; how many expressions were
// not compared. Exit code 1: others than those by rule differ.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(process.cwd() + '/')
const { Cron } = require('croner')
const { CronExpressionParser } = require('cron-parser')

const [library, zone, count, file] = process.argv.slice(2)
const [set, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
const settings = set.split(' ').slice(1).map(Number)
const near = (at) => settings.some((moment) => Math.abs(moment - at) <= 3 * 3600)
const seconds = (date) => Math.floor(date.getTime() / 1000)

// Where one field of days begins with a star and has a step (*/2 * 5), Vixie's cron and pawl want both to match; these
// libraries one, for it is not written *. croner can be told otherwise.
const wantsBoth = (expression) => {
  const [, , day, , weekday] = expression.split(/\s+/)
  return weekday !== undefined && day !== '*' && weekday !== '*' && (day.startsWith('*') || weekday.startsWith('*'))
}

// The first `count` ticks after an instant, before another one.
const ticksOf = {
  croner: (expression) => {
    const job = new (require('croner').Cron)(expression, { timezone: zone, paused: true, domAndDow: wantsBoth(expression) })
    return (from, end) => {
      const ticks = []
      for (let at = new Date(from * 1000); ticks.length < count; ticks.push(seconds(at))) {
        at = job.nextRun(at)
        if (!at || seconds(at) >= end) break
      }
      return ticks
    }
  },
  'cron-parser': (expression) => (from, end) => {
    const range = { tz: zone, currentDate: new Date(from * 1000), endDate: new Date(end * 1000 - 1) }
    const all = require('cron-parser').CronExpressionParser.parse(expression, range)
    const ticks = []
    while (ticks.length < count && all.hasNext()) ticks.push(seconds(all.next().toDate()))
    return ticks
  },
}[library]

const text = (at) => new Date(at * 1000).toISOString().slice(0, 16) + 'Z'
const differ = new Map(), bySetting = new Map()
let compared = 0, left = 0
for (const line of lines) {
  const [expression, ...parts] = line.split('\t')
  if (library !== 'croner' && wantsBoth(expression)) {
    ++left
    continue
  }
  const ticksAfter = ticksOf(expression)
  for (const part of parts) {
    const [from, ...ours] = part.split(' ').map(Number)
    const theirs = ticksAfter(from, from + 365 * 86400)
    // Where one of them was cut at `count`, what comes behind its end is not compared.
    const ends = [ours, theirs].filter((ticks) => ticks.length >= count).map((ticks) => ticks.at(-1))
    const end = Math.min(Infinity, ...ends)
    const has = { pawl: new Set(ours), [library]: new Set(theirs) }
    for (const at of new Set([...ours, ...theirs])) {
      if (at > end) continue
      ++compared
      const alone = Object.keys(has).filter((who) => has[who].has(at))
      if (alone.length === 2) continue
      const to = near(at) ? bySetting : differ
      if (!to.has(expression)) to.set(expression, [])
      to.get(expression).push(`${text(at)} ${alone[0]} alone`)
    }
  }
}
const sum = (all) => [...all.values()].reduce((n, list) => n + list.length, 0)
const some = (all) => [...all].slice(0, 4).map(([expression, list]) => `'${expression}' ${list.slice(0, 3).join(', ')}`).join('; ')
console.log([compared, sum(differ), some(differ), sum(bySetting), bySetting.size, some(bySetting), left].join('\t'))
process.exitCode = differ.size > 0 ? 1 : 0
