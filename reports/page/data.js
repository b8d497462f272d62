// The data of the page: the result, a row for each exchange, and the exchanges themselves, which are read one by one when they
// are looked at.

const result = JSON.parse(byId('result').textContent)
const rows = JSON.parse(byId('rows').textContent).map(([number, method, url, status, operation, test, purpose, at, ms]) => {
  return { number, method, url, status, operation, test, purpose, at, ms, findings: [] }
})
let lines = null // the exchanges as JSON, in the order of the rows

function exchangeLines() {
  if (!lines) {
    const block = byId('exchanges')
    lines = block.textContent.split('\n')
    block.textContent = ''
  }
  return lines
}

const rowOf = new Map()
rows.forEach((row, index) => {
  row.index = index
  rowOf.set(row.number, row)
})

function exchangeOf(number) {
  const row = rowOf.get(number)
  return row ? JSON.parse(exchangeLines()[row.index]) : null
}

const order = { failed: 0, errored: 1, known: 2, passed: 3, skipped: 4 }
const tests = (result.suites || []).flatMap((suite) => (suite.tests || []).map((test) => ({ ...test, suite, findings: test.findings || [], ms: (test.elapsed || 0) / 1e6 })))
const testOf = new Map()
tests.forEach((test, index) => {
  test.index = index
  testOf.set(test.id, test)
})

const counts = Object.fromEntries(Object.keys(names).map((outcome) => [outcome, tests.filter((t) => t.outcome === outcome).length]))

const isKnown = (finding) => Boolean(finding.known && !finding.known.expired)
const weight = (finding) => (isKnown(finding) ? 3 : { failure: 0, warning: 1 }[finding.level] ?? 2)

// Findings belong to the exchange that shows them.
for (const test of tests) {
  for (const finding of test.findings) {
    const row = rowOf.get(finding.exchange)
    if (row && !row.findings.some((f) => f.fingerprint === finding.fingerprint && f.message === finding.message)) row.findings.push(finding)
  }
}
for (const row of rows) {
  const worst = Math.min(9, ...row.findings.map(weight))
  row.level = ['failure', 'warning', 'note', 'known'][worst] || (row.status === 0 ? 'silent' : '')
  row.outcome = testOf.get(row.test)?.outcome || ''
}

// allSteps goes through steps and those of the workflows that they called.
function* allSteps(steps, depth = 0) {
  for (const step of steps || []) {
    yield step
    if (depth < 50) yield* allSteps(step.steps, depth + 1)
  }
}

// haystack is what a search looks through for a test.
const haystacks = new Map()
function haystack(test) {
  if (!haystacks.has(test)) {
    const parts = [test.id, test.name, test.check, test.operation, test.reason, test.suite.name, place(test.at), ...(test.tags || []), ...(test.requirements || [])]
    for (const f of test.findings) parts.push(f.check, f.title, f.message, f.where, f.want, f.got, f.fingerprint, f.path, place(f.at))
    for (const s of allSteps(test.steps)) parts.push(s.id, s.name, s.reason, s.operation)
    haystacks.set(test, parts.filter(Boolean).join('\n').toLowerCase())
  }
  return haystacks.get(test)
}

const uniqueSorted = (values) => [...new Set(values.filter(Boolean))].sort((a, b) => a.localeCompare(b, 'en'))

const started = new Date(result.started)
const valid = (date) => !Number.isNaN(date.getTime()) && date.getUTCFullYear() > 1
// instant shows UTC, which is the same for everybody who reads the report.
const instant = (date) => (valid(date) ? date.toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC') : '')
