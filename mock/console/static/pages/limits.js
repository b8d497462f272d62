// Rate limits: who has used how much, live; and limits drained, set and given back.
import { h, head, card, button, field, input, select, table, empty, pill, time, dialog, toast } from '../ui.js'
import { steady } from '../parts/steady.js'

export const id = 'limits', title = 'Limits', group = 'Access', icon = 'gauge'

export async function render(root, context) {
  const { world, signal, query, setQuery } = context
  const first = await world.get('/limits', { signal })
  const names = await subjectNames(context)
  const reach = { ...context, policies: first.limits, names }
  const body = h('div', {})
  const only = select([['', 'all limits'], ...first.limits.map((l) => l.name)], { value: query.get('limit') || '', 'aria-label': 'Limit', onchange: () => { setQuery({ limit: only.value }); context.run(load()) } })
  const show = steady(body, ({ counters, total, dropped }) => counterList(counters, total, dropped, { ...reach, load }))
  const load = async () => show(await world.get('/limits', { query: { limit: only.value, count: 200 }, signal }))
  root.append(head(title, 'What is left of each limit, for everybody who used some of it.',
    first.limits.length > 0 && [button('Use one up', { onclick: () => drain(reach, load) }), button('Give all back', { icon: 'refresh', onclick: () => reset(reach, load, {}) })]))
  if (first.limits.length === 0) {
    root.append(empty('The contract declares no limits', 'An overlay can add some; the answers are then 429 with the headers that it names:', 'understudy serve CONTRACT --overlay limits.overlay.yaml'))
    return
  }
  root.append(card('Counters', { class: 'flush', actions: first.limits.length > 1 && only }, body), policyCard(first.limits))
  show(first)
  await load()
  context.every(1000, () => document.querySelector('dialog[open]') || context.run(load()))
}

/** What subjects are called: "credential:key_1" is the key CI. */
async function subjectNames({ world, signal }) {
  const [{ keys }, { accounts }] = await Promise.all([world.get('/credentials', { query: { limit: 1000 }, signal }), world.get('/accounts', { signal })])
  return new Map([...keys.map((k) => [`credential:${k.family || k.id}`, k.name || k.masked]), ...accounts.map((a) => [`account:${a.id}`, a.name])])
}

function counterList(counters, total, dropped, context) {
  if (counters.length === 0) {
    return h('div', { class: 'pad' }, empty('Nobody has used a limit', 'Send a request, and what it used appears here at once:', `curl -i ${context.contract.base_url}`))
  }
  return h('div', {},
    h('ul', { class: 'counters' }, counters.map((c) => counter(c, context))),
    total > counters.length && h('p', { class: 'pager muted' }, `The first ${counters.length} of ${total}; choose one limit to see fewer.`),
    dropped > 0 && h('p', { class: 'pager muted' }, `${dropped} counters were forgiven because there were too many.`))
}

function counter(c, context) {
  const { names, policies, load } = context
  const share = c.quota > 0 ? Math.min(100, (c.used / c.quota) * 100) : 100
  const level = c.remaining <= 0 ? 'out' : share >= 80 ? 'low' : ''
  const which = { limit: c.limit, subject: c.subject }
  const policy = policies.find((p) => p.name === c.limit)
  const concurrent = policy?.algorithm === 'concurrency'
  return h('li', { class: `counter ${level}` },
    h('div', { class: 'counter-what' },
      h('strong', {}, c.limit), h('span', { class: 'muted small' }, policy?.words),
      h('span', { class: 'break' }, names.get(c.subject) && h('span', {}, names.get(c.subject), ' '), h('code', { class: 'muted' }, c.subject))),
    h('div', { class: 'counter-bar' },
      h('div', { class: 'bar-track', role: 'meter', 'aria-label': `${c.limit} of ${c.subject}`, 'aria-valuemin': '0', 'aria-valuemax': String(c.quota), 'aria-valuenow': String(Math.min(c.used, c.quota)), 'aria-valuetext': `${c.used} of ${c.quota} used` },
        h('div', { class: 'bar-fill', style: { width: `${share}%` } })),
      h('div', { class: 'row between small' },
        h('span', {}, level === 'out' ? pill('used up: 429', 'bad') : h('span', {}, h('strong', {}, c.remaining.toLocaleString('en')), ' left of ', c.quota.toLocaleString('en'))),
        h('span', { class: 'muted' }, 'whole again ', time(c.reset_at)))),
    h('div', { class: 'row end' },
      !concurrent && button('Use up', { small: true, 'aria-label': `Use up ${c.limit} of ${c.subject}`, disabled: c.remaining <= 0, onclick: async () => { await context.world.post('/limits/drain', which); await load() } }),
      !concurrent && button('Set', { small: true, 'aria-label': `Set ${c.limit} of ${c.subject}`, onclick: () => set(context, c) }),
      button('Give back', { small: true, 'aria-label': `Give back ${c.limit} of ${c.subject}`, onclick: () => reset(context, load, which) })))
}

async function reset(context, load, which) {
  const { cleared } = await context.world.post('/limits/reset', which)
  toast(cleared === 0 ? 'Nothing was used.' : `${cleared} ${cleared === 1 ? 'counter is' : 'counters are'} whole again.`, 'good')
  await load()
}

async function set(context, c) {
  const left = input({ type: 'number', min: '0', max: String(c.quota), value: String(c.remaining), required: true })
  const done = await dialog({ title: `What is left of ${c.limit}?`, body: field('Requests left', left, { hint: `For ${c.subject}, of ${c.quota}.` }), actions: [{ label: 'Set it', act: () => context.world.post('/limits/set', { limit: c.limit, subject: c.subject, remaining: Number(left.value) }) }] })
  if (done) await context.load()
}

async function drain(context, load) {
  const { policies, world, names } = context
  const usable = policies.filter((p) => p.algorithm !== 'concurrency')
  const limit = select([['', 'all that count the subject'], ...usable.map((p) => [p.name, `${p.name} (${p.words})`])], { value: usable[0]?.name })
  const subject = input({ placeholder: 'all who used it', list: 'limit-subjects' })
  const done = await dialog({
    title: 'Use a limit up', wide: true,
    body: [
      field('Limit', limit), field('For whom', subject, { optional: true, hint: 'An account, a credential or an address, such as account:acc_1. Empty: everybody who used some of it.' }),
      h('datalist', { id: 'limit-subjects' }, [...names].map(([s, words]) => h('option', { value: s }, words))),
    ],
    actions: [{ label: 'Use it up', kind: 'danger', act: () => world.post('/limits/drain', { ...(limit.value && { limit: limit.value }), ...(subject.value.trim() && { subject: subject.value.trim() }) }) }],
  })
  if (!done) return
  toast(`${done.counters.length} ${done.counters.length === 1 ? 'counter is' : 'counters are'} used up: the next request that counts there is answered with 429.`, 'good')
  await load()
}

const policyCard = (policies) => card('Limits of the contract', { class: 'flush' }, table({
  caption: 'Limits', rows: policies,
  columns: [
    { title: 'Name', cell: (p) => h('strong', {}, p.name) },
    { title: 'What', cell: (p) => p.words },
    { title: 'Counts', cell: (p) => (p.per || []).join(' and ') },
    { title: 'Way', hideNarrow: true, cell: (p) => h('code', {}, p.algorithm) },
    { title: 'Plans', hideNarrow: true, cell: (p) => (p.plans?.length ? p.plans.join(', ') : h('span', { class: 'muted' }, 'all')) },
    { title: 'Operations', hideNarrow: true, cell: (p) => (p.routes?.length ? h('span', { class: 'clip block', title: p.routes.join(', ') }, p.routes.length > 2 ? `${p.routes.length}: ${p.routes.join(', ')}` : p.routes.join(', ')) : h('span', { class: 'muted' }, 'all')) },
  ],
}))
