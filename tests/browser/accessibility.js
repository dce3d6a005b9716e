// Says what axe finds, a line for each rule that is broken with an impact of serious or critical.
addEventListener('load', async () => {
  const {violations} = await axe.run(document, {resultTypes: ['violations']});
  const findings = violations.filter((rule) => ['serious', 'critical'].includes(rule.impact))
    .map((rule) => `${rule.impact}: ${rule.help} (${rule.id}): ${rule.nodes.map((node) => node.html.slice(0, 200)).join('\n  ')}`);
  const tables = document.querySelectorAll('.wide').length;
  parent.postMessage([`width ${innerWidth}, ${tables > 2 ? 'tables' : 'too few tables'}`, ...findings].join('\n'), '*');
});
