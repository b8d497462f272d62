// One test: its findings, its steps, its exchanges.

function testView(test) {
  const findings = [...test.findings].sort((a, b) => weight(a) - weight(b))
  const own = [...new Set(test.exchanges || [])].filter((n) => !stepNumbers(test).has(n))
  const said = findings.some((f) => f.message === test.reason)
  return el('article', { class: 'test' },
    el('header', {},
      el('p', { class: 'chips' }, outcomeMark(test.outcome, true), chip(test.suite.kind), (test.tags || []).map((tag) => chip(tag))),
      el('h2', { tabindex: '-1', id: 'subject' }, test.name || test.id)),
    test.reason && !said ? el('p', { class: `reason ${test.outcome}` }, test.reason) : null,
    pairs(
      ['Id', el('code', {}, test.id)],
      ['Suite', test.suite.name],
      ['Operation', test.operation],
      ['At', place(test.at)],
      ['Took', nanoseconds(test.elapsed)],
      ['Cases', test.cases || null],
      ['Requirements', (test.requirements || []).join(', ')]),
    findings.length ? el('section', {}, el('h3', { class: 'part' }, plural(findings.length, 'finding')), findings.map((f, i) => [findingView(f, { level: 4 }), f.exchange ? unfolds(f.exchange, i === 0) : null])) : null,
    test.steps && test.steps.length ? el('section', {}, el('h3', { class: 'part' }, plural(test.steps.length, 'step')), stepsView(test.steps)) : null,
    outputsView(test.outputs),
    own.length ? ownExchanges(own, findings) : null,
    test.reproduction ? el('details', { class: 'unfolds' }, el('summary', {}, 'A workflow that repeats it'),
      el('div', { class: 'body' }, el('div', { class: 'corner' }, copyButton(test.reproduction, 'the workflow')), scrolls('Arazzo document', test.reproduction))) : null)
}

// stepNumbers are the exchanges that stand with a step already.
function stepNumbers(test) {
  return new Set([...allSteps(test.steps)].map((s) => s.exchange).filter(Boolean))
}

// ownExchanges lists those that no finding shows already; thousands would be as good as none.
function ownExchanges(numbers, findings) {
  const shownAlready = new Set(findings.map((f) => f.exchange))
  const rest = numbers.filter((n) => !shownAlready.has(n))
  if (!rest.length) return null
  const most = 100
  return el('section', {}, el('h3', { class: 'part' }, plural(rest.length, findings.length ? 'other exchange' : 'exchange')), rest.slice(0, most).map((n) => unfolds(n)),
    rest.length > most ? el('p', { class: 'quiet' }, `And ${rest.length - most} more, in the list of exchanges.`) : null)
}

const shownValue = (value) => (typeof value === 'string' ? value : JSON.stringify(value))

function outputsView(outputs) {
  const list = Object.entries(outputs || {})
  return list.length ? el('section', {}, el('h3', { class: 'part' }, 'Outputs'), pairs(...list.map(([name, value]) => [name, el('code', {}, shownValue(value) ?? 'null')]))) : null
}

function stepsView(steps, depth = 0) {
  if (depth > 20) return el('p', { class: 'quiet' }, 'Deeper workflows are not shown.')
  return el('ol', { class: 'steps' }, steps.map((step) => el('li', {}, stepView(step, depth))))
}

function stepView(step, depth) {
  const details = el('details', { class: `step ${step.outcome}` },
    el('summary', {}, outcomeMark(step.outcome), ' ', el('span', { class: 'step-name' }, step.id), ' ',
      el('span', { class: 'quiet' }, [step.operation || step.workflow, step.attempt > 1 ? `attempt ${step.attempt}` : '', nanoseconds(step.elapsed)].filter(Boolean).join(' · '))))
  const fill = () => {
    if (!details.open || details.children.length > 1) return
    details.append(el('div', { class: 'inside' },
      step.name ? el('p', {}, step.name) : null,
      step.reason ? el('p', { class: `reason ${step.outcome}` }, step.reason) : null,
      step.criteria && step.criteria.length ? el('ul', { class: 'criteria' }, step.criteria.map(criterionView)) : null,
      pairs(['At', place(step.at)], ['Then', step.next], ['Requirements', (step.requirements || []).join(', ')]),
      outputsView(step.outputs),
      step.steps && step.steps.length ? stepsView(step.steps, depth + 1) : null,
      step.exchange ? unfolds(step.exchange, bad(step)) : null))
  }
  details.addEventListener('toggle', fill)
  if (bad(step)) {
    details.open = true
    fill()
  }
  return details
}

const bad = (thing) => thing.outcome === 'failed' || thing.outcome === 'errored'

function criterionView(c) {
  return el('li', { class: c.passed ? 'passed' : 'failed' },
    outcomeMark(c.passed ? 'passed' : 'failed'), ' ', el('code', {}, c.condition), c.type && c.type !== 'simple' ? chip(c.type) : null,
    c.detail ? el('p', { class: 'quiet' }, c.detail) : null)
}
