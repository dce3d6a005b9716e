// The page's style, script and icon, which it serves itself.
#ifndef PAWL_PAGE_PAGE_ASSETS_HPP
#define PAWL_PAGE_PAGE_ASSETS_HPP

#include <string>
#include <string_view>

#include <pawl/report/chart_style.hpp>
#include <pawl/version.hpp>

namespace pawl::inline PAWL_ABI::detail::status {

// The colours are those of the report's pages, for light and dark.
inline std::string page_css() {
  return std::string(chart_css()) + R"(*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:1200px;margin:auto;padding:0 16px}main{padding-bottom:32px}
header{display:flex;flex-wrap:wrap;gap:8px 16px;justify-content:space-between;align-items:center;padding-top:10px}
footer{border-top:1px solid var(--line);color:var(--dim);padding-bottom:24px}
h1{font-size:1.4em;margin:.6em 0 .3em}h2{font-size:1.15em;margin:1.6em 0 .4em}h3{font-size:1em;margin:1.2em 0 .3em}
section{border-top:1px solid var(--line);margin-top:1.4em}p{max-width:75em;margin:.5em 0}
a{color:var(--c1)}a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,.wide:focus-visible{outline:3px solid var(--c0);outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{position:static;display:inline-block;padding:8px}
.dim{color:var(--dim)}.bad,.error{color:var(--bad)}.n{text-align:right;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto;margin:.4em 0 1em}table{border-collapse:collapse;font-size:.92em}
th,td{padding:.3em .55em;text-align:left;vertical-align:top;border-bottom:1px solid var(--line);max-width:34em;overflow:hidden}
td,th,button{overflow-wrap:normal}tbody th,td.value,td.error{overflow-wrap:anywhere}
td.n,th.n{text-align:right}thead th{color:var(--dim);font-weight:500;vertical-align:bottom}tbody th{font-weight:500;min-width:8em}td.value,td.error{min-width:14em}
time,button{white-space:nowrap}
form.act{display:inline}button,input,select{font:inherit;color:inherit;background:var(--card);border:1px solid var(--dim);border-radius:6px;padding:.25em .6em;min-height:30px;max-width:100%;line-height:1.3}
button{cursor:pointer;margin:1px 2px}.filter,.sign-in{margin:.6em 0;line-height:2.4}
.notice{border:2px solid var(--good);border-radius:6px;padding:.5em .8em}
.stale #pulse{color:var(--bad);font-weight:600}.stale main{opacity:.75}.stale .notice{display:none}
svg.diagram{display:block;height:auto;max-width:100%;font:13px system-ui,sans-serif;fill:var(--fg);text-anchor:middle}
.w2 svg.diagram{min-width:330px}.w3 svg.diagram{min-width:480px}
.diagram rect{fill:var(--card);stroke:var(--fg);stroke-width:1.2}.diagram .inner{fill:none}
.diagram .start rect{stroke-width:3}.diagram .end rect{stroke-width:3;stroke-dasharray:none;rx:0}.diagram .waits rect{stroke-dasharray:5 3}
.diagram .count{font-size:16px;font-weight:600}.diagram .word{font-size:12px;fill:var(--dim)}
.diagram .arrow{fill:none;stroke:var(--dim);stroke-width:1.4}.diagram .head{fill:var(--dim)}
svg.bars{vertical-align:middle}.bars path{stroke:var(--c1);stroke-width:1.5;fill:none}
)";
}

// Reads the same address again every two seconds while the page is seen, and puts what has changed in its place: what has
// the focus, what is typed and where the reader is stay as they are. Without it the page is the same, as it was loaded.
inline constexpr std::string_view page_js = R"((() => {
  'use strict'
  const usual = 2000, slowest = 16000
  let pause = usual, timer = 0, updated = new Date()
  const pulse = document.getElementById('pulse')
  const say = (text, stale) => {
    if (pulse.textContent !== text) pulse.textContent = text
    document.body.classList.toggle('stale', stale)
  }
  const attributes = (old, fresh) => {
    for (const {name, value} of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value)
    for (const {name} of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name)
  }
  const isInUse = (node) => node.contains(document.activeElement) && /^(INPUT|SELECT)$/.test(document.activeElement.tagName)
  const key = (node) => node.nodeType === Node.ELEMENT_NODE ? node.id || node.getAttribute('data-key') : null
  const alike = (one, other) => one.nodeName === other.nodeName && key(one) === key(other)
  const sync = (old, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue
      return
    }
    if (old.isEqualNode(fresh)) return
    if (old.nodeName === 'FORM' && isInUse(old)) return
    attributes(old, fresh)
    const before = [...old.childNodes], after = [...fresh.childNodes]
    let i = 0
    after.forEach((child, k) => {
      const comesLater = () => after.slice(k + 1).some((later) => alike(before[i], later))
      while (i < before.length && !alike(before[i], child) && !comesLater()) before[i++].remove()
      if (i < before.length && alike(before[i], child)) sync(before[i++], child)
      else old.insertBefore(child.cloneNode(true), before[i] || null)
    })
    before.slice(i).forEach((child) => child.remove())
  }
  // What has the focus stays where it was seen, though there is more above it now: moved back before anything is drawn, while the
  // browser, which would keep something else in its place, leaves it alone.
  const keepingPlace = (change) => {
    const node = document.activeElement, place = () => node.getBoundingClientRect().top, style = document.documentElement.style
    if (node === document.body) return change()
    const before = place()
    style.overflowAnchor = 'none'
    change()
    if (node.isConnected) scrollBy({top: place() - before, behavior: 'instant'})
    style.overflowAnchor = ''
  }
  const read = async () => {
    const answer = await fetch(location.href, {cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(15000)})
    if (answer.status === 401) return say('The session has ended: load the page again to sign in. Last updated ' + updated.toLocaleTimeString(), true)
    if (!answer.ok) throw new Error('The server answers ' + answer.status)
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const [was, is] = [document.getElementById('main'), fresh.getElementById('main')]
    if (!is) throw new Error('The server answers something else')
    keepingPlace(() => sync(was, is))
    document.title = fresh.title
    updated = new Date()
    pause = usual
    say('Updated every two seconds.', false)
  }
  const turn = async () => {
    clearTimeout(timer)
    if (document.hidden) return
    try {
      await read()
    } catch (failure) {
      pause = Math.min(slowest, pause * 2)
      const why = failure instanceof TypeError || failure.name === 'TimeoutError' ? 'The server is gone' : failure.message
      say(why + ': this is as of ' + updated.toLocaleTimeString() + '.', true)
    }
    timer = setTimeout(turn, pause)
  }
  if (!document.querySelector('.sign-in')) {
    document.addEventListener('visibilitychange', turn)
    timer = setTimeout(turn, pause)
    say('Updated every two seconds.', false)
  }
})()
)";

inline constexpr std::string_view page_icon =
    R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="6.5" fill="none" stroke="#0072b2" stroke-width="2"/><path d="M8 4v4l3 2" fill="none" stroke="#d55e00" stroke-width="2"/></svg>)";

}  // namespace pawl::inline PAWL_ABI::detail::status

#endif
