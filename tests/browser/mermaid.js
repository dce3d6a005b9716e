// Draws each diagram of `diagrams` with Mermaid and says what it shows otherwise than it should: a line for each.
const findings = [];
const wrong = (what) => findings.push(what);
const plain = (text) => text.replace(/\s+/g, ' ').trim();
const sorted = (texts) => JSON.stringify(texts.map(plain).sort());
const compare = (what, shown, wanted, text) => {
  if (sorted(shown) !== sorted(wanted)) wrong(`${what}:\n shown  ${sorted(shown)}\n wanted ${sorted(wanted)}\nin\n${text}`);
};
// What an entity, as Mermaid marks it, becomes in the page.
const decoded = (text) => plain(text.replace(/ﬂ°°(\d+)¶ß/g, (_, code) => String.fromCodePoint(code)));

const draw = async ({text, states, edges}, number) => {
  // What it understood.
  const {nodes, edges: read} = (await mermaid.mermaidAPI.getDiagramFromText(text)).db.getData();
  const label_of = (id) => /^root_(start|end)$/.test(id) ? '[*]' : decoded([nodes.find((node) => node.id === id).label].flat().join());
  compare('edges', read.map(({start, label, end}) => [start, label, end]).map(([from, label, to]) =>
    [label_of(from), decoded(label), label_of(to)].join(' | ')), edges.map((edge) => edge.map(plain).join(' | ')), text);

  // What it drew.
  const {svg} = await mermaid.render(`diagram_${number}`, text);
  document.getElementById('drawn').innerHTML = svg;
  const shown = (selector) => [...document.querySelectorAll(`#drawn ${selector}`)];
  const labels = (selector) => shown(selector).map((label) => label.textContent).filter((label) => plain(label) !== '');
  compare('states drawn', labels('g.node'), states, text);
  compare('events drawn', labels('g.edgeLabel'), edges.map((edge) => edge[1]).filter((event) => event !== ''), text);
  const paths = shown('.edgePaths path').length;
  if (paths !== edges.length) wrong(`${paths} paths for ${edges.length} edges in\n${text}`);
  const styled = shown('g.node, #drawn g.edgeLabel').flatMap((label) => [...label.querySelectorAll('strong, em, b, i, a, code, del, img, li, math, svg')]);
  for (const element of styled) wrong(`<${element.localName}> around '${element.textContent}' in\n${text}`);
};

addEventListener('load', async () => {
  mermaid.initialize({startOnLoad: false});
  for (const [number, diagram] of diagrams.entries())
    await draw(diagram, number).catch((error) => wrong(`${error.message}\nin\n${diagram.text}`));
  document.getElementById('drawn').replaceChildren();
  document.getElementById('findings').textContent = [`${diagrams.length} diagrams`, ...findings].join('\n');
});
