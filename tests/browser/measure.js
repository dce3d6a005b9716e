// Says what a reader would see: one line if all is well, and a line more for each thing that is not.
addEventListener('load', () => {
  const root = document.documentElement;
  const charts = [...document.querySelectorAll('svg.chart')];
  const word = document.querySelector('.word');
  const background = getComputedStyle(document.body).backgroundColor;
  const findings = [`width ${innerWidth}, background ${background}, ${charts.length} charts, ${word.textContent}`];
  const wrong = (what) => findings.push(what);
  const place = (element) => element.getBoundingClientRect();

  // Relative luminance and contrast as WCAG 2 defines them.
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  if (root.scrollWidth > innerWidth) wrong(`the page is ${root.scrollWidth} px wide`);
  if (place(word).bottom > innerHeight) wrong('the verdict is not on the first screen');
  const requests = performance.getEntriesByType('resource');
  // Files are not among them; a page of one file asks for none, which a test without a browser sees.
  if (requests.length > 0) wrong(`asks for ${requests[0].name}`);
  if (contrast(getComputedStyle(word).color, background) < 4.5) wrong('the verdict is hard to read');
  for (const chart of charts) {
    const title = chart.querySelector('title').textContent;
    const frame = place(chart);
    const card = getComputedStyle(chart.closest('figure')).backgroundColor;
    if (frame.width < 250 || frame.height < 20) wrong(`${title}: ${frame.width} x ${frame.height} px`);
    const texts = [...chart.querySelectorAll('text')];
    for (const text of texts) {
      const box = place(text);
      if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1)
        wrong(`${title}: '${text.textContent}' is cut off`);
      if (contrast(getComputedStyle(text).fill, card) < 4.5) wrong(`${title}: '${text.textContent}' is hard to read`);
    }
    texts.forEach((one, i) => texts.slice(i + 1).forEach((other) => {
      const [a, b] = [place(one), place(other)];
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (across > 1 && down > 4) wrong(`${title}: '${one.textContent}' covers '${other.textContent}'`);
    }));
    for (const line of chart.querySelectorAll('.l'))
      if (contrast(getComputedStyle(line).stroke, card) < 3) wrong(`${title}: a line is hard to see`);
  }
  parent.postMessage(findings.join('\n'), '*');
});
