// What is shown of the tests and exchanges: by outcome, check, operation, suite, status and text.

const filter = { outcomes: new Set(), check: '', operation: '', suite: '', status: '', sort: 'worst', text: '' }

function matchesTest(test) {
  if (filter.outcomes.size && !filter.outcomes.has(test.outcome)) return false
  if (filter.check && test.check !== filter.check && !test.findings.some((f) => f.check === filter.check)) return false
  if (filter.operation && test.operation !== filter.operation && !test.findings.some((f) => f.operation === filter.operation) && ![...allSteps(test.steps)].some((s) => s.operation === filter.operation)) return false
  return !filter.suite || test.suite.name === filter.suite
}

const testWords = (test, words) => words.every((w) => haystack(test).includes(w))

function shownTests() {
  const words = searchWords()
  const list = tests.filter((t) => matchesTest(t) && testWords(t, words))
  if (filter.sort === 'worst') list.sort((a, b) => order[a.outcome] - order[b.outcome] || a.index - b.index)
  if (filter.sort === 'slowest') list.sort((a, b) => b.ms - a.ms || a.index - b.index)
  return list
}

const searchWords = () => filter.text.toLowerCase().split(/\s+/).filter(Boolean)

// quoted is how a word stands within the JSON of an exchange, which is searched as it is: to read thousands first takes long.
const quoted = (word) => JSON.stringify(word).slice(1, -1).replace(/[<>&]/g, (c) => '\\u00' + c.charCodeAt(0).toString(16))

function matchesRow(row) {
  if (filter.outcomes.size && !filter.outcomes.has(row.outcome)) return false
  if (filter.check && !row.findings.some((f) => f.check === filter.check) && testOf.get(row.test)?.check !== filter.check) return false
  if (filter.operation && row.operation !== filter.operation) return false
  if (filter.suite && testOf.get(row.test)?.suite.name !== filter.suite) return false
  if (filter.status === 'findings') return row.findings.length > 0
  return !filter.status || statusClass(row.status) === filter.status
}

let lowered = null // the exchanges in small letters, made for the first search

function shownRows() {
  const words = searchWords().map(quoted)
  const list = rows.filter(matchesRow)
  if (!words.length) return sorted(list)
  lowered ??= exchangeLines().map((line) => line.toLowerCase())
  return sorted(list.filter((row) => words.every((w) => lowered[row.index].includes(w))))
}

const sorted = (list) => (filter.sort === 'slowest' ? list.sort((a, b) => b.ms - a.ms) : list)

function select(label, name, options) {
  if (options.length < 2 && name !== 'sort') return null
  const box = el('select', { id: `filter-${name}`, 'aria-label': label, on: { change: () => set(name, box.value) } },
    name === 'sort' ? null : el('option', { value: '' }, label), options.map(([value, text]) => el('option', { value }, text)))
  box.value = filter[name]
  return box
}

function set(name, value) {
  filter[name] = value
  refresh()
}

// filterBar makes the fields for a view.
function filterBar(view) {
  const search = el('input', { type: 'search', id: 'search', placeholder: view === 'tests' ? 'Search tests and findings' : 'Search exchanges, headers and bodies', 'aria-label': 'Search', 'aria-keyshortcuts': '/', autocomplete: 'off', spellcheck: 'false' })
  search.value = filter.text
  let waiting
  search.addEventListener('input', () => {
    clearTimeout(waiting)
    waiting = setTimeout(() => set('text', search.value), 60)
  })
  const checks = uniqueSorted(tests.flatMap((t) => [t.check, ...t.findings.map((f) => f.check)]))
  const operations = uniqueSorted([...tests.flatMap((t) => [t.operation, ...t.findings.map((f) => f.operation), ...[...allSteps(t.steps)].map((s) => s.operation)]), ...rows.map((r) => r.operation)])
  const same = (values) => values.map((v) => [v, v])
  return el('div', { class: 'filters', role: 'search', 'aria-label': 'Filter' }, search, el('div', { class: 'selects' },
    select('Any check', 'check', same(checks)), select('Any operation', 'operation', same(operations)), select('Any suite', 'suite', same(uniqueSorted(tests.map((t) => t.suite.name)))),
    view === 'exchanges' ? select('Any answer', 'status', [['findings', 'With findings'], ['s2', '2xx'], ['s3', '3xx'], ['s4', '4xx'], ['s5', '5xx'], ['silent', 'No answer']]) : null,
    select('Order', 'sort', view === 'tests' ? [['worst', 'Failures first'], ['run', 'As they ran'], ['slowest', 'Slowest first']] : [['worst', 'As they ran'], ['slowest', 'Slowest first']]),
    el('button', { type: 'button', class: 'small', id: 'clear', on: { click: clearFilter } }, 'Clear')))
}

function clearFilter() {
  Object.assign(filter, { check: '', operation: '', suite: '', status: '', text: '' })
  filter.outcomes.clear()
  for (const box of document.querySelectorAll('.filters input, .filters select:not(#filter-sort)')) box.value = ''
  refresh()
}
