// The card: how an integration kept the rules for the clients of each contract.

const cardSuites = (result.suites || []).filter((suite) => suite.kind === 'rules')
const familyNames = { RTY: 'Retries', QTA: 'Limits', END: 'Errors', NET: 'Transport', TOK: 'Tokens', KEY: 'Secrets', IDM: 'Idempotency', USE: 'Contract', DLV: 'Webhooks' }
const familyOf = (test) => (test.check || '').split('-')[0]
const warns = (test) => test.outcome === 'passed' && (test.findings || []).some((f) => weight(f) === 1)

// rulesOnly says that nothing was sent by us: a recording was looked at.
const rulesOnly = cardSuites.length > 0 && cardSuites.length === (result.suites || []).length

// verdictOf is what became of a rule, in the words and colours of a card.
const verdictOf = (test) => (warns(test) ? 'warned' : { passed: 'kept', failed: 'broken', errored: 'broken', known: 'known', skipped: 'idle' }[test.outcome])
const verdictWords = { kept: 'Kept', warned: 'Warned', broken: 'Broken', known: 'Known', idle: 'Not exercised' }
const verdictOutcome = { kept: 'passed', warned: 'errored', broken: 'failed', known: 'known', idle: 'skipped' }

// What a rule that was not put to the test says of it.
const drillOf = (test) => (/--drill ([^ ;,]+) would put it to the test/.exec(test.reason || '') || [])[1]
const needs = (test) => (test.reason || '').replace(/^not exercised: /, '').split('; --drill ')[0]

function cardView() {
  return cardSuites.map((suite) => {
    const own = tests.filter((t) => t.suite === suite)
    const of = (verdict) => own.filter((t) => verdictOf(t) === verdict)
    const kept = of('kept').length + of('warned').length
    const exercised = kept + of('broken').length + of('known').length
    const score = (result.scores || []).find((s) => s.contract === suite.contract) || {}
    return el('section', { class: 'card' },
      el('h2', {}, suite.contract, ': ', exercised ? `${kept} of ${exercised} exercised rules kept` : 'no rule was put to the test'),
      cardMeter(own, kept, exercised),
      pairs(['Recorded in', suite.source], ['Drills carried out', (score.drills || []).join(', ')], ['More would tell', (score.missing || []).map((d) => [el('code', { class: 'drill' }, `--drill ${d}`), ' '])]),
      cardFindings(of('broken').concat(of('known')), 'Broken'), cardFindings(of('warned'), 'Warned'), ruleTable(own))
  })
}

// cardMeter is a bar of all rules, in the order of what became of them.
function cardMeter(own, kept, exercised) {
  const meter = el('div', { class: 'bar', role: 'img', 'aria-label': exercised ? `${per(kept, exercised)} kept` : 'no rule was put to the test' })
  const said = []
  for (const verdict of ['broken', 'known', 'warned', 'kept', 'idle']) {
    const n = own.filter((t) => verdictOf(t) === verdict).length
    if (!n) continue
    const part = el('span', { class: verdictOutcome[verdict] })
    part.style.flexGrow = String(n)
    meter.append(part)
    said.push(el('span', { class: `verdict-word ${verdictOutcome[verdict]}` }, `${n} ${verdictWords[verdict].toLowerCase()}`))
  }
  return [meter, el('p', { class: 'said' }, said.map((s, i) => (i ? [el('span', { class: 'quiet' }, ' · '), s] : s)))]
}

function cardFindings(list, heading) {
  if (!list.length) return null
  return [el('h3', { class: 'part' }, heading), list.map((test) => el('article', { class: `broken ${verdictOutcome[verdictOf(test)]}` },
    el('h4', {}, el('a', { href: linkTo('tests', test.id) }, el('span', { class: 'check' }, test.check), ' ', test.name)),
    (test.findings.length ? [...test.findings].sort((a, b) => weight(a) - weight(b)) : [{ message: test.reason }]).map((f) => el('div', { class: 'breach' },
      el('p', { class: 'message' }, f.message || '', f.certainty === 'likely' ? el('span', { class: 'quiet' }, ' (likely)') : null),
      f.known ? el('p', { class: 'known-why' }, knownText(f.known)) : null,
      pairs(['Wanted', f.want], ['Got', f.got], ['Seen', seen(f)], ['Basis', [basisNames[f.basis] || f.basis, f.norm].filter(Boolean).join(': ')], ['Advice', f.advice])))))]
}

// Dates of scripts end at the millisecond, and those of results do not.
const behindMillisecond = Number(`0.${(/\.\d{3}(\d+)/.exec(result.started) || [0, '0'])[1]}`)

// seen leads to the exchange that shows a breach.
function seen(finding) {
  const row = rowOf.get(finding.exchange)
  if (!row) return null
  const at = valid(started) ? new Date(Math.round(started.getTime() + behindMillisecond + row.at)).toISOString().slice(11, 23) : ''
  return el('a', { href: linkTo('exchanges', row.number) }, [at, row.method, pathOf(row.url), row.status ? `→ ${row.status}` : '→ no answer'].filter(Boolean).join(' '))
}

// ruleTable has a row for every rule: what became of it, and why it was not put to the test.
function ruleTable(own) {
  const lines = own.map((test) => {
    const verdict = verdictOf(test)
    const drill = drillOf(test)
    return [familyNames[familyOf(test)] || familyOf(test), el('a', { href: linkTo('tests', test.id) }, el('span', { class: 'check' }, test.check)), test.name,
      el('span', { class: `verdict-word ${verdictOutcome[verdict]}` }, verdictWords[verdict]),
      verdict === 'idle' ? [needs(test), drill ? [' ', el('code', { class: 'drill' }, `--drill ${drill}`)] : ''] : '']
  })
  return [el('h3', { class: 'part' }, 'All rules'), table(['About', 'Rule', 'What a client does', 'Verdict', 'What would put it to the test'], lines)]
}
