// Suites and checks, carried out from here: progress while they run, and the report when they are over.
import { h, fill, head, card, button, linkButton, select, field, input, table, pill, code, empty, notice, duration, toast, announce, icon as pictureOf } from '../ui.js'

export const id = 'runs', title = 'Runs', group = 'Judge', icon = 'play', key = 'j'

const kinds = { running: 'info', clean: 'good', findings: 'bad', failed: 'bad', stopped: 'warn' }
const words = { running: 'running', clean: 'clean', findings: 'findings', failed: 'could not run', stopped: 'stopped' }

export async function render(root, context) {
  const { world, signal } = context
  const [{ suites }, { runs }] = await Promise.all([world.get('/suites', { signal }), world.get('/runs', { signal })])
  const lead = 'The judge sends what the contract allows, and what it does not, and holds every answer against it.'
  if (suites.length === 0) {
    root.append(head(title, lead), empty('This process has no judge', 'Judge the stand-in from a shell:', `understudy check ${context.contract.name} --control ${location.origin}`))
    return
  }
  const page = new Runs(context, suites, runs)
  root.append(head(title, lead), h('div', { class: 'runs' }, h('div', { class: 'stack' }, page.order(), page.elsewhere), h('div', { class: 'stack' }, page.place, page.history)))
  const latest = context.path[0] || runs[0]?.id
  if (latest) page.show(latest)
  else page.nothing()
  page.list()
}

class Runs {
  constructor(context, suites, runs) {
    Object.assign(this, { context, suites, runs })
    this.place = h('div', {})
    this.history = h('div', {})
    this.elsewhere = h('div', {})
  }

  order() {
    const { suites, context } = this
    const checks = suites.filter((s) => s.kind === 'checks'), flows = suites.filter((s) => s.kind === 'workflows')
    const label = (s) => [s.name, s.workflows.length > 0 ? `${s.title} (${s.workflows.length})` : s.title]
    this.suite = select([...checks.map(label), ...(flows.length > 0 ? [{ label: 'Workflows', choices: flows.map(label) }] : [])], { value: context.query.get('suite') || suites[0].name, onchange: () => this.describe() })
    const world = context.sandbox ? `the sandbox ${context.sandbox}, which is changed by it` : 'this world, which is changed by it'
    this.target = select([['fresh', 'a fresh stand-in of the same contract'], ['world', world]])
    this.seed = input({ type: 'number', min: '0', step: '1', value: '1', inputmode: 'numeric' })
    this.workflows = h('div', {})
    const form = h('form', {
      class: 'form',
      onsubmit: (event) => {
        event.preventDefault()
        context.run(this.start())
      },
    },
    field('Suite', this.suite), field('Against', this.target), field('Seed', this.seed, { hint: 'The same seed makes the same requests.' }),
    h('div', { class: 'row' }, button('Run', { icon: 'play', kind: 'primary', type: 'submit' })), this.workflows)
    this.describe()
    return card('What is judged', {}, form)
  }

  describe() {
    const s = this.suites.find((one) => one.name === this.suite.value)
    fill(this.workflows, s.workflows.length > 0 && h('details', {}, h('summary', {}, `${s.workflows.length} workflows`),
      h('ul', { class: 'workflow-list' }, s.workflows.map((w) => h('li', {}, h('code', {}, w.id), w.summary && h('span', { class: 'muted small' }, ` ${w.summary}`))))))
    fill(this.elsewhere, card('Your own deployment', { lead: 'The same judge, against staging or in CI. It is safe by default there: reading only, and slowly.' },
      code(`${s.command} \\\n  --credentials who.yaml --report html=report.html --report junit=report.xml`, { label: 'Command', wrap: true })))
  }

  async start() {
    const run = await this.context.world.post('/runs', { suite: this.suite.value, target: this.target.value, seed: Number(this.seed.value) || 0 })
    this.runs.unshift(run)
    announce('The run has begun')
    this.show(run.id)
    this.draw(run)
    this.list()
  }

  nothing() {
    fill(this.place, empty('Nothing was judged yet', 'Choose a suite and run it, or from a shell:', `understudy check ${this.context.contract.name}`))
  }

  show(id) {
    this.shown = id
    this.following?.abort()
    const following = (this.following = new AbortController())
    this.context.signal.addEventListener('abort', () => following.abort())
    this.context.setPath(id)
    this.context.run(this.follow(id, following.signal))
  }

  async follow(id, signal) {
    const { world } = this.context
    let run
    try {
      run = await world.get(`/runs/${encodeURIComponent(id)}`, { signal })
    } catch (error) {
      if (error.status !== 404) throw error
      fill(this.place, notice('warn', error.message))
      return
    }
    this.draw(run)
    if (run.state !== 'running') return
    const over = new AbortController()
    signal.addEventListener('abort', () => over.abort())
    await world.follow(`/runs/${encodeURIComponent(id)}/follow`, {
      signal: over.signal,
      on: {
        run: (now) => {
          if (this.shown !== id || signal.aborted) return
          this.draw(now)
          const at = this.runs.findIndex((r) => r.id === id)
          if (at >= 0) this.runs[at] = now
          if (now.state === 'running') return
          over.abort()
          this.list()
          toast(`${now.title}: ${now.summary || words[now.state]}`, now.state === 'clean' ? 'good' : 'bad')
        },
      },
    })
  }

  draw(run) {
    const { progress: p } = run
    const running = run.state === 'running'
    const passed = run.tests || { passed: Math.max(0, p.done - p.failed), failed: p.failed, errored: 0, skipped: 0, known: 0 }
    const share = p.total > 0 ? Math.round((p.done / p.total) * 100) : 0
    if (running && this.live?.id === run.id) return this.live.update(run, share)
    const bar = h('progress', { max: '100', 'aria-label': 'Tests done' })
    const line = h('p', { class: 'muted' }), current = h('p', { class: 'muted small break mono' })
    const update = (r, done) => {
      if (r.progress.total > 0) bar.value = done
      line.textContent = `${r.progress.done}${r.progress.total ? ` of ${r.progress.total}` : ''} tests, ${r.progress.requests} requests${r.progress.failed ? `, ${r.progress.failed} failed` : ''}`
      current.textContent = r.progress.current || ''
    }
    this.live = running ? { id: run.id, update } : null
    update(run, share)
    const spent = run.ended_at && new Date(run.ended_at) - new Date(run.started_at)
    fill(this.place, card(run.title, {
      lead: `${run.target === 'fresh' ? 'Against a fresh stand-in' : run.sandbox ? `Against the sandbox ${run.sandbox}` : 'Against the contract’s own world'}, seed ${run.seed}${spent ? `, ${duration(spent)}` : ''}`,
      actions: [pill(words[run.state], kinds[run.state]),
        running && button('Stop', { icon: 'stop', onclick: () => this.context.world.post(`/runs/${encodeURIComponent(run.id)}/stop`, {}) }),
        run.report && linkButton('Open the report', run.report, { icon: 'external', kind: 'primary', target: '_blank', rel: 'noopener' })],
    },
    running && h('div', { class: 'stack tight' }, bar, line, current),
    run.error && notice('bad', run.error),
    !running && run.tests && h('div', { class: 'stack' }, verdict(run), scores(passed), findingsOf(run))))
  }

  list() {
    if (this.runs.length === 0) return fill(this.history)
    fill(this.history, card('Latest runs', { class: 'flush' }, table({
      caption: 'Latest runs', rows: this.runs, onrow: (r) => { this.show(r.id) }, rowClass: (r) => (r.id === this.shown ? 'chosen' : ''),
      columns: [
        { title: 'Suite', cell: (r) => r.title },
        { title: 'Came to', cell: (r) => pill(words[r.state], kinds[r.state]) },
        { title: 'Tests', class: 'num', hideNarrow: true, cell: (r) => (r.tests ? `${r.tests.passed} / ${r.tests.passed + r.tests.failed + r.tests.errored}` : r.progress.done) },
        { title: 'Began', class: 'num', hideNarrow: true, cell: (r) => new Date(r.started_at).toLocaleTimeString('en-GB') },
      ],
    })))
  }
}

const verdict = (run) => h('p', { class: `verdict ${kinds[run.state]}` }, pictureOf(run.state === 'clean' ? 'check' : 'warning'), h('strong', {}, run.summary || words[run.state]))

/** The counts, as a bar and in words. */
function scores(tests) {
  const of = [['passed', 'good'], ['failed', 'bad'], ['errored', 'bad'], ['known', 'info'], ['skipped', '']].filter(([name]) => tests[name] > 0)
  return h('div', { class: 'stack tight' },
    h('div', { class: 'score-bar', 'aria-hidden': 'true' }, of.map(([name, kind]) => h('span', { class: kind, style: { 'flex-grow': String(tests[name]) } }))),
    h('ul', { class: 'row scores' }, of.map(([name, kind]) => h('li', {}, h('span', { class: `swatch ${kind}`, 'aria-hidden': 'true' }), h('strong', {}, tests[name].toLocaleString('en')), ` ${name}`))))
}

const levels = { failure: 'bad', warning: 'warn', note: '' }

function findingsOf(run) {
  const all = run.findings || []
  if (all.length === 0) return h('p', { class: 'muted' }, 'No findings.')
  const grave = all.filter((f) => f.level !== 'note'), notes = all.filter((f) => f.level === 'note')
  const list = (some) => h('ul', { class: 'findings' }, some.map((f) => h('li', {}, h('div', { class: 'row' }, pill(f.level, levels[f.level]), h('code', {}, f.check), f.operation && h('code', { class: 'muted' }, f.operation)), h('p', { class: 'break' }, f.message))))
  return h('div', { class: 'stack' },
    grave.length > 0 && list(grave),
    notes.length > 0 && h('details', { open: false }, h('summary', {}, `${notes.length}${all.length === 100 ? ' or more' : ''} notes: what the contract leaves open`), list(notes)))
}
