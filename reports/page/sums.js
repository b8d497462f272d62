// Coverage, and what else there is to know of the run.

function coverageView() {
  const dimensions = (result.coverage && result.coverage.dimensions) || []
  if (!dimensions.length) return el('p', { class: 'quiet' }, 'The result holds no coverage.')
  const contracts = uniqueSorted(dimensions.map((d) => d.contract))
  return contracts.length < 2
    ? [el('h2', {}, 'Coverage'), dimensions.map(dimensionView)]
    : contracts.map((c) => [el('h2', {}, `Coverage of ${c}`), dimensions.filter((d) => d.contract === c).map(dimensionView)])
}

const per = (covered, total) => (total ? `${Math.floor((100 * covered) / total)} %` : '–')

function dimensionView(d) {
  const meter = el('div', { class: 'meter', role: 'img', 'aria-label': `${per(d.covered, d.total)} of ${d.name}` }, el('span', {}))
  meter.firstChild.style.width = `${d.total ? (100 * d.covered) / d.total : 0}%`
  const shares = d.documented || d.assumed ? el('p', { class: 'quiet' }, `documented ${share(d.documented)}, assumed ${share(d.assumed)}`) : null
  const gaps = d.gaps || []
  return el('section', { class: 'dimension' },
    el('h3', {}, d.name, ' ', el('span', { class: 'quiet' }, `${d.covered} of ${d.total}`)),
    el('div', { class: 'metered' }, meter, el('span', { class: 'percent' }, per(d.covered, d.total))), shares,
    gaps.length ? el('details', { open: gaps.length <= 12 }, el('summary', {}, plural(gaps.length, 'gap')), table(['What', 'Why', 'Where'], gaps.map((g) => [el('code', {}, g.name), g.reason, place(g.at)]))) : null)
}

const share = (s) => (s ? `${s.covered} of ${s.total}` : '0 of 0')

// The table may be wider than a telephone; what it stands in can be scrolled by keyboard.
function table(heads, lines) {
  const rest = lines.length > 2000 ? el('p', { class: 'quiet' }, `And ${lines.length - 2000} more.`) : null
  return el('div', { class: 'wide', tabindex: '0', role: 'group', 'aria-label': heads.join(', ') },
    el('table', {}, el('thead', {}, el('tr', {}, heads.map((h) => el('th', { scope: 'col' }, h)))), el('tbody', {}, lines.slice(0, 2000).map((cells) => el('tr', {}, cells.map((c) => el('td', {}, c ?? '')))))), rest)
}

function runView() {
  const b = result.baseline
  const entries = (list) => table(['Check', 'Operation', 'Where', 'Why it was known', 'Until', 'Fingerprint'], list.map((a) => [a.check, a.operation, a.where, a.reason, a.until, el('code', {}, a.fingerprint)]))
  return [
    el('h2', {}, 'The run'),
    pairs(['Tool', `${result.tool.name} ${result.tool.version}`], ['Command', result.command], ['Seed', el('code', {}, byId('result').dataset.seed)], ['Shard', result.shard], ['Started', instant(started)],
      ['Took', nanoseconds(result.elapsed)], ['Requests', result.requests], ['Exchanges kept', rows.length], ['Ended early', result.stopped]),
    (result.gates || []).length ? [el('h3', {}, 'Gates'), table(['Gate', 'Wanted', 'Reached', 'Outcome'], result.gates.map((g) => [g.name, `${g.want} %`, `${Math.floor(g.got * 10) / 10} %`, outcomeMark(g.passed ? 'passed' : 'failed', true)]))] : null,
    (result.notes || []).length ? [el('h3', {}, 'Notes'), el('ul', {}, result.notes.map((n) => el('li', {}, n)))] : null,
    el('h3', {}, 'Targets'),
    (result.targets || []).map((t) => el('section', { class: 'target-card' }, el('h4', {}, t.title || t.contract),
      pairs(['Contract', t.contract], ['Version', t.version], ['Hash', t.hash ? el('code', {}, t.hash) : null], ['Address', t.url], ['Controlled through', t.control]),
      t.log ? el('details', { class: 'unfolds' }, el('summary', {}, 'Log of the deployment'), scrolls('Log of the deployment', t.log)) : null)),
    b ? [el('h3', {}, 'Baseline'), el('p', {}, `${b.file}: ${b.known} known, ${b.new} new, ${(b.gone || []).length} gone, ${(b.expired || []).length} expired.`),
      (b.gone || []).length ? [el('h4', {}, 'No longer found'), entries(b.gone)] : null,
      (b.expired || []).length ? [el('h4', {}, 'Expired'), entries(b.expired)] : null] : null,
    el('h3', {}, 'Suites'),
    table(['Suite', 'Kind', 'From', 'Tests', ...Object.values(names)], (result.suites || []).map((s) => [s.name, s.kind, s.source, (s.tests || []).length, ...Object.keys(names).map((o) => (s.tests || []).filter((t) => t.outcome === o).length || '')])),
  ]
}
