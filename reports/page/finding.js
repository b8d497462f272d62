// One finding, with everything that stands behind it.

const levelNames = { failure: 'Failure', warning: 'Warning', note: 'Note' }
const basisNames = { contract: 'The contract says so', norm: 'A standard says so', convention: 'Good practice' }

function knownText(known) {
  const kind = known.expected ? 'Expected by the workflow' : known.expired ? `Was known until ${known.until}, which is over` : `Known${known.until ? ` until ${known.until}` : ''}`
  return known.reason ? `${kind}: ${known.reason}` : kind
}

function findingView(f, { level = 3 } = {}) {
  const kind = isKnown(f) ? 'known' : f.level
  const explained = (result.checks || {})[f.check] || {}
  return el('article', { class: `finding ${kind}` },
    el('header', {},
      el(`h${level}`, {}, el('span', { class: 'check' }, f.check), ' ', f.title || ''),
      el('p', { class: 'chips' }, chip(isKnown(f) ? 'Known' : levelNames[f.level] || f.level, kind), f.certainty ? chip(f.certainty) : null,
        (explained.owasp || []).map((risk) => chip(`OWASP ${risk}`)), f.repeats ? chip(`and ${plural(f.repeats, 'more exchange')}`) : null)),
    el('p', { class: 'message' }, f.message || ''),
    f.known ? el('p', { class: 'known-why' }, knownText(f.known)) : null,
    wantedAndGot(f.want, f.got),
    pairs(
      ['Operation', [f.operation, f.method, f.path].filter(Boolean).join(' ')],
      ['Where', f.where],
      ['Contract', f.at && f.at.file ? [el('span', { class: 'file' }, place(f.at)), f.at.pointer ? el('span', { class: 'quiet pointer' }, ` ${f.at.pointer}`) : ''] : null],
      ['Basis', [basisNames[f.basis] || f.basis, f.norm].filter(Boolean).join(': ')],
      ['Advice', f.advice],
      ['Fingerprint', f.fingerprint ? el('code', {}, f.fingerprint) : null]),
    explained.doc ? el('details', {}, el('summary', {}, 'Why this is checked'), el('p', {}, explained.doc)) : null,
    f.curl ? curlView(f.curl, 'the command that shows it') : null)
}
