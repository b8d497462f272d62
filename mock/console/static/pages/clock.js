// The stand-in's clock: read, stopped, moved; what happened on the way, and what comes next.
import { h, fill, head, card, button, field, input, empty, pill, time, instant, announce } from '../ui.js'
import { command } from '../parts/command.js'
import { steady } from '../parts/steady.js'

export const id = 'clock', title = 'Clock', group = 'World', icon = 'clock'

const steps = [['1m', '+1 minute'], ['1h', '+1 hour'], ['1d', '+1 day'], ['7d', '+7 days']]
const history = new Map() // of this tab, by world: what moves brought about, the latest first

export async function render(root, context) {
  const { world, signal, contract, contracts, sandbox } = context
  const key = sandbox ? `${contract.name}~${sandbox}` : ''
  const past = history.get(key) || []
  history.set(key, past)
  const face = h('p', { class: 'big-clock' }), state = h('p', { class: 'muted' }), moves = h('div', { class: 'actions' })
  const pending = h('div', {}), log = h('div', {})
  const showLog = () => fill(log, past.length > 0 ? past.map(moveOf) : h('div', { class: 'pad' }, empty('Nothing was moved yet', 'Advance the clock, and everything that fell due on the way is listed here in its order: expiries, deliveries, limits that are whole again.', command(context, 'clock advance 1h'))))
  const showPending = steady(pending, (list) => pendingOf(list, jump))
  const load = async () => {
    const list = await world.get('/clock/pending', { query: { limit: 50 }, signal })
    drawState(list)
    showPending({ pending: list.pending, total: list.total })
  }
  const drawState = ({ frozen, rate }) => {
    state.textContent = frozen ? 'It stands still until somebody moves it.' : rate === 1 ? 'It runs in real time.' : `It runs ${rate} times as fast as real time.`
    stop.hidden = frozen
    go.hidden = !frozen && rate === 1
    fill(face, instant(context.now()))
  }
  const move = async (body, words) => {
    const from = context.now()
    const moved = await world.post('/clock', body)
    await context.clockMoved()
    past.unshift({ from: from.toISOString(), to: moved.now, words, ran: moved.ran, omitted: moved.omitted })
    past.splice(20)
    showLog()
    await load()
    announce(`The clock stands at ${instant(moved.now)}; ${moved.ran.length} things happened.`)
  }
  const turn = async (body) => {
    await world.post('/clock', body)
    await context.clockMoved()
    await load()
  }
  const jump = (at) => move({ set: at }, 'to what comes next')
  const stop = button('Freeze', { icon: 'pause', onclick: () => turn({ freeze: true }) })
  const go = button('Let it run', { icon: 'play', onclick: () => turn({ rate: 1 }) })
  fill(moves, steps.map(([by, words]) => button(words, { onclick: () => move({ advance: by }, words) })))
  const by = input({ placeholder: '90m', required: true }), at = input({ placeholder: '2026-12-31T23:59:00Z', required: true }), rate = input({ type: 'number', min: '0', step: 'any', placeholder: '60', required: true })
  const form = (label, box, words, act) => h('form', { class: 'inline-form', onsubmit: (event) => { event.preventDefault(); context.run(act(box.value.trim())) } }, field(label, box), button(words, { type: 'submit' }))
  root.append(
    head(title, sandbox ? `The clock of the sandbox ${sandbox}, which nobody else goes by.` : contracts.length > 1 ? 'All contracts that are served here share it; each sandbox has its own.' : 'Expiries, limits, retries and timestamps go by it. Each sandbox has its own.'),
    h('div', { class: 'grid-2' },
      card(null, { class: 'clock-card' }, face, state, h('div', { class: 'row' }, stop, go), h('h2', {}, 'Advance'), moves,
        form('By', by, 'Advance', (text) => move({ advance: text }, `+${text}`)),
        h('details', {}, h('summary', {}, 'Set it to an instant, or change its pace'), h('div', { class: 'stack' },
          form('To', at, 'Set', (text) => move({ set: text }, 'set')),
          form('Seconds in a real one', rate, 'Go on so', (text) => turn({ rate: Number(text) }))))),
      card('What comes next', { class: 'flush' }, pending)),
    card('What happened', { class: 'flush', lead: 'In the order in which it fell due.' }, log))
  showLog()
  for (const [n, [by_, words]] of steps.entries()) context.shortcut(String(n + 1), words, () => context.run(move({ advance: by_ }, words)))
  await load()
  context.every(2000, () => context.run(load()))
  context.every(250, () => fill(face, instant(context.now())))
}

const words = { expiry: ['expiry', 'warn'], limit: ['limit', 'info'], call: ['due', 'good'] }
const kindPill = (kind) => pill(...(words[kind] || [kind, '']))

const happening = (one, action) => h('li', {}, h('span', { class: 'when' }, time(one.at, { absolute: !action })), kindPill(one.kind), h('span', { class: 'break grow' }, one.contract && h('span', { class: 'muted' }, `${one.contract}: `), one.what), action)

function pendingOf({ pending, total }, jump) {
  if (total === 0) return h('div', { class: 'pad' }, empty('Nothing is due', 'No credential has an end, no limit is in use, no delivery waits.', null))
  return h('div', {},
    h('ol', { class: 'happenings' }, pending.slice(0, 12).map((one) => happening(one, button('Go there', { small: true, title: instant(one.at), onclick: () => jump(one.at) })))),
    total > 12 && h('p', { class: 'pager muted' }, `and ${total - 12} more`))
}

function moveOf(m) {
  const shown = m.ran.slice(0, 200)
  return h('section', { class: 'move' },
    h('h3', {}, h('span', {}, m.words), h('span', { class: 'muted' }, ` ${instant(m.from)} → ${instant(m.to)}`)),
    shown.length === 0 ? h('p', { class: 'muted' }, 'Nothing fell due.') : h('ol', { class: 'happenings' }, shown.map((one) => happening(one))),
    (m.omitted > 0 || m.ran.length > shown.length) && h('p', { class: 'muted' }, `and ${m.ran.length - shown.length + m.omitted} more`))
}
