// The status page in a real browser: node status_page.js PLAYWRIGHT AXE CHROMIUM, with PAWL_PAGE_URL and PAWL_PAGE_TOKEN.
// Prints a line for each view that was looked at, and one for each thing that is wrong.
'use strict';
const [playwright, axe, executablePath] = process.argv.slice(2);
const {chromium} = require(playwright);
const url = process.env.PAWL_PAGE_URL, token = process.env.PAWL_PAGE_TOKEN;
const item = 'item?table=letters&key=letter%201000007';
const wrong = [];
const check = (holds, what) => holds || wrong.push(what);

// Everything that a page asks for or complains of.
const watch = (page, where) => {
  page.on('request', (request) => check(request.url().startsWith(url), `${where}: asks for ${request.url()}`));
  page.on('console', (said) => check(said.type() !== 'error' || where.includes('offline') || where.includes('status 4'), `${where}: ${said.text()}`));
  page.on('pageerror', (error) => check(false, `${where}: ${error.message}`));
};
const signIn = async (page) => {
  await page.goto(url + 'sign-in');
  await page.fill('#token', token);
  await page.click('main button');
  await page.waitForSelector('text=Sign out');
};

// What a reader sees: nothing sticks out of the page, no word of the diagram out of its state, and none covers another.
const measure = () => {
  const found = [], place = (e) => e.getBoundingClientRect();
  if (document.documentElement.scrollWidth > innerWidth) found.push(`the page is ${document.documentElement.scrollWidth} px wide`);
  const boxes = [...document.querySelectorAll('svg.diagram .state')];
  for (const box of boxes) {
    const frame = place(box.querySelector('rect'));
    for (const text of box.querySelectorAll('text')) {
      const at = place(text);
      if (at.left < frame.left || at.right > frame.right || at.top < frame.top || at.bottom > frame.bottom) found.push(`'${text.textContent}' is not in its state`);
      if (at.height < 9) found.push(`'${text.textContent}' is ${at.height} px high`);
    }
  }
  const frames = boxes.map((box) => place(box.querySelector('rect')));
  frames.forEach((a, i) => frames.slice(i + 1).forEach((b) => {
    if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) found.push('two states cover each other');
  }));
  for (const button of document.querySelectorAll('button'))
    if (place(button).height > 40) found.push(`the button '${button.textContent}' is broken into lines`);
  for (const head of document.querySelectorAll('thead th'))
    if (place(head).height > 70) found.push(`the column '${head.textContent}' is too narrow`);
  if (document.querySelectorAll('h1').length !== 1) found.push('there is not one h1');
  return found;
};

const look = async (browser, name, options) => {
  const {width, scheme, hasScript} = options;
  const context = await browser.newContext({viewport: {width, height: 900}, colorScheme: scheme, javaScriptEnabled: hasScript});
  for (const [path, status] of [['', 200], ['table/letters', 200], ['table/letters?trouble=parked', 200], [item, 200], ['sign-in', 200], ['none', 404], ['table/none', 404]]) {
    const page = await context.newPage();
    watch(page, `${name} /${path} status ${status}`);
    const answer = await page.goto(url + path);
    check(answer.status() === status, `${name} /${path}: ${answer.status()}`);
    if (status === 200) for (const found of await page.evaluate(measure)) check(false, `${name} /${path}: ${found}`);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    if (status === 200) check(background === (scheme === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(255, 255, 255)'), `${name} /${path}: background ${background}`);
    await page.close();
  }
  await context.close();
  console.log(name);
};

// axe needs to be let in past the page's policy, so it looks at pages of its own.
const judge = async (browser, width, scheme) => {
  const context = await browser.newContext({viewport: {width, height: 900}, colorScheme: scheme, bypassCSP: true});
  const page = await context.newPage();
  for (const signedIn of [false, true]) {
    if (signedIn) await signIn(page);
    for (const path of ['', 'table/letters?trouble=parked', item, 'sign-in']) {
      await page.goto(url + path);
      for (const found of await page.evaluate(measure)) check(false, `${width} px, signed in, /${path}: ${found}`);
      await page.addScriptTag({path: `${axe}/axe.min.js`});
      const {violations} = await page.evaluate(() => axe.run(document, {resultTypes: ['violations']}));
      for (const rule of violations.filter((one) => ['serious', 'critical'].includes(one.impact)))
        check(false, `axe, ${width} px, ${scheme}, /${path}: ${rule.impact}: ${rule.help} (${rule.id}): ${rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join('\n  ')}`);
    }
  }
  await context.close();
  console.log(`axe at ${width} px, ${scheme}`);
};

// A person without script signs in and releases an item; the browser's own Origin and Sec-Fetch-Site are taken for ours.
const act = async (browser) => {
  const context = await browser.newContext({javaScriptEnabled: false});
  const page = await context.newPage();
  watch(page, 'acting');
  await page.goto(url + item);
  check(await page.locator('button:has-text("Release")').count() === 0, 'there is a button before signing in');
  await page.click('text=Sign in');
  await page.fill('#token', token);
  await page.click('main button');
  check(page.url() === url + item, `signing in leads to ${page.url()}`);
  const cookies = await context.cookies();
  check(cookies.length === 1 && cookies[0].httpOnly && cookies[0].sameSite === 'Strict', `cookies ${JSON.stringify(cookies)}`);
  await page.click('button:has-text("Release")');
  check(page.url() === url + item, `acting leads to ${page.url()}`);
  check((await page.textContent('.notice')).includes('The item was released.'), 'nothing says that the item was released');
  await page.fill('#reason', 'until <Monday>');
  await page.click('button:has-text("Park")');
  check((await page.textContent('main')).includes('until <Monday>'), 'the reason is not shown');
  await page.click('text=Sign out');
  check(await page.locator('button').count() === 0, 'there is a button after signing out');
  await context.close();
  console.log('acting without script');
};

// With script the numbers follow, while what the reader does is left alone; a server that is gone is said so.
const follow = async (browser) => {
  const context = await browser.newContext();
  const page = await context.newPage(), other = await context.newPage();
  await signIn(other);
  watch(page, 'following, also offline');
  await page.goto(url + 'table/letters?state=sent');
  await page.fill('#key', 'what I type');
  await page.evaluate(() => scrollTo(0, 150));
  const place = () => page.evaluate(() => Math.round(document.getElementById('key').getBoundingClientRect().top));
  const before = await place();
  // Looks at once after each change, before it is drawn.
  await page.evaluate(() => {
    window.places = [];
    new MutationObserver(() => places.push(Math.round(document.getElementById('key').getBoundingClientRect().top)))
      .observe(document.getElementById('main'), {childList: true, subtree: true});
  });
  const row = page.locator('tr[data-key]').first(), known = await row.getAttribute('data-key');
  await row.evaluate((node) => node.marked = true);
  const paused = page.locator('svg.diagram text:has-text("paused")');
  check(await paused.count() === 0, 'a state is paused before');
  await other.goto(url + 'table/letters');
  await other.click('button[aria-label="Pause sent"]');
  await paused.waitFor({state: 'attached', timeout: 15000}).catch(() => check(false, 'the page does not follow'));
  const kept = await page.evaluate(() => [document.activeElement.id, document.activeElement.value]);
  check(JSON.stringify(kept) === '["key","what I type"]', `after an update: ${kept}`);
  const places = [...await page.evaluate(() => places), await place()];
  check(places.length > 1, 'nothing changes');
  for (const now of places) check(Math.abs(now - before) <= 2, `the reader is taken from ${before} to ${now}`);
  const same = await page.evaluate((key) => [...document.querySelectorAll('tr[data-key]')].find((one) => one.dataset.key === key).marked, known);
  check(same === true, 'a row that stays is another one after an update');
  await context.setOffline(true);
  await page.waitForSelector('body.stale', {timeout: 15000}).catch(() => check(false, 'nothing says that the server is gone'));
  check((await page.textContent('#pulse')).includes('The server is gone'), `it says ${await page.textContent('#pulse')}`);
  await context.setOffline(false);
  await page.waitForSelector('body:not(.stale)', {timeout: 30000}).catch(() => check(false, 'it does not come back'));
  await other.click('button[aria-label="Resume sent"]');
  await context.close();
  console.log('following with script');
};

// A page of another origin cannot make it act, nor read it, nor frame it.
const keepOut = async (browser) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page);
  await page.route('http://elsewhere.test/**', (route) => route.fulfill({contentType: 'text/html', body: '<!DOCTYPE html><title>elsewhere</title><body>'}));
  await page.goto('http://elsewhere.test/');
  const read = await page.evaluate((to) => fetch(to).then(() => 'read', () => 'refused'), url + 'api/status.json');
  check(read === 'refused', 'another origin reads the page');
  const [answer] = await Promise.all([
    page.waitForNavigation(),
    page.evaluate((to) => {
      document.body.innerHTML = `<form method="post" action="${to}action"><input name="action" value="pause"><input name="table" value="letters"><input name="state" value="written"></form>`;
      document.querySelector('form').submit();
    }, url)]);
  check(answer.status() === 403, `a form from elsewhere is answered with ${answer.status()}`);
  await context.close();
  console.log('keeping others out');
};

(async () => {
  const browser = await chromium.launch({executablePath, args: ['--no-sandbox', '--disable-gpu']});
  for (const width of [1280, 360])
    for (const scheme of ['light', 'dark'])
      for (const hasScript of [true, false])
        await look(browser, `${width} px, ${scheme}, ${hasScript ? 'script' : 'no script'}`, {width, scheme, hasScript});
  for (const [width, scheme] of [[1280, 'light'], [360, 'dark']]) await judge(browser, width, scheme);
  await act(browser);
  await follow(browser);
  await keepOut(browser);
  if (process.env.PAWL_PAGE_PICTURES) {
    const page = await browser.newPage();
    await signIn(page);
    for (const [width, scheme] of [[1280, 'light'], [1280, 'dark'], [360, 'light']]) {
      await page.setViewportSize({width, height: 900});
      await page.emulateMedia({colorScheme: scheme});
      for (const [name, path] of [['overview', ''], ['table', 'table/letters?trouble=parked'], ['item', item]]) {
        await page.goto(url + path);
        await page.screenshot({path: `${process.env.PAWL_PAGE_PICTURES}/${name}-${width}-${scheme}.png`, fullPage: name !== 'table'});
      }
    }
  }
  await browser.close();
  for (const what of wrong) console.log(`WRONG: ${what}`);
  process.exit(wrong.length === 0 ? 0 : 1);
})().catch((error) => {
  console.log(`WRONG: ${error.stack}`);
  process.exit(1);
});
