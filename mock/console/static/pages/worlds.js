// Isolated worlds of a contract, and what a world held at one moment.
import { h, head, card, button, field, input, select, checkbox, table, empty, pill, time, confirm, toast, dialog, download, copyButton, notice, linkButton } from '../ui.js'
import { command } from '../parts/command.js'
import { once } from '../parts/secret.js'

export const id = 'worlds', title = 'Sandboxes', group = 'World', icon = 'layers'

export async function render(root, context) {
  const { contract, signal, api } = context
  const base = `/contracts/${encodeURIComponent(contract.name)}`
  const [{ sandboxes }, { snapshots }] = await Promise.all([api.get(`${base}/sandboxes`, { query: { limit: 1000 }, signal }), api.get(`${base}/snapshots`, { signal })])
  const reach = { ...context, base, sandboxes, snapshots }
  root.append(
    head(title, 'A sandbox is a world of its own: its own items, keys, limits, journal and clock, made in no time from a snapshot.',
      button('New sandbox', { kind: 'primary', icon: 'plus', onclick: () => makeSandbox(reach) })),
    sandboxCard(reach), snapshotCard(reach), bundleCard(reach))
  context.shortcut('n', 'new sandbox', () => makeSandbox(reach))
}

function sandboxCard(context) {
  const { sandboxes, sandbox, contract } = context
  return card('Sandboxes', { class: 'flush', actions: sandbox && button('Leave the sandbox', { onclick: () => (location.hash = `#/${encodeURIComponent(contract.name)}/${id}`) }) }, table({
    caption: 'Sandboxes', rows: sandboxes, rowClass: (s) => (s.name === sandbox ? 'chosen' : ''),
    empty: h('div', { class: 'pad' }, empty('No sandboxes', 'Give each test, branch or colleague a world of their own. Clients reach it by a header, by the path, or by the key that comes with it.', command({ ...context, sandbox: '' }, 'sandbox create mine --key'))),
    columns: [
      { title: 'Name', cell: (s) => h('div', {}, h('strong', { class: 'break' }, s.name), s.name === sandbox && [' ', pill('shown now', 'info')], h('div', { class: 'muted small' }, `from ${s.snapshot}, seed ${s.seed}`), h('div', { class: 'only-narrow' }, copied(s.ways.header))) },
      { title: 'How clients reach it', hideNarrow: true, cell: (s) => h('div', { class: 'stack tight' }, copied(s.ways.path), copied(s.ways.header)) },
      { title: 'Items', class: 'num', hideNarrow: true, cell: (s) => s.items },
      { title: 'Requests', class: 'num', hideNarrow: true, cell: (s) => s.requests },
      { title: 'Its clock', hideNarrow: true, cell: (s) => h('div', {}, h('span', { class: 'nowrap' }, time(s.clock.now, { absolute: true })), s.clock.frozen && h('div', { class: 'muted small' }, 'frozen')) },
      { title: 'Dropped', hideNarrow: true, cell: (s) => (s.drops_at ? h('span', {}, `after ${s.idle} idle`) : 'never') },
      { label: 'Actions', cell: (s) => h('div', { class: 'row end' },
        s.name !== sandbox && linkButton('Look into it', `#/${encodeURIComponent(`${contract.name}~${s.name}`)}/overview`, { class: 'button small' }),
        button(`Drop ${s.name}`, { icon: 'trash', bare: true, small: true, kind: 'quiet', onclick: () => drop(context, s) })) },
    ],
  }))
}

const copied = (text) => text && h('span', { class: 'copyable' }, h('code', { title: text }, text), copyButton(text, `Copy ${text}`))

async function drop(context, s) {
  if (!(await confirm(`Drop ${s.name}?`, 'Its items, keys and journal are gone. Requests that name it are answered with 404.', 'Drop'))) return
  await context.api.del(`${context.base}/sandboxes/${encodeURIComponent(s.name)}`)
  toast(`${s.name} is dropped.`, 'good')
  await context.worldsChanged()
  if (context.sandbox === s.name) location.hash = `#/${encodeURIComponent(context.contract.name)}/${id}`
  else context.reload()
}

async function makeSandbox(context) {
  const { api, base, snapshots, worldsChanged, contract } = context
  const name = input({ required: true, maxlength: '63', placeholder: 'checkout' })
  const snapshot = select(snapshots.map((s) => [s.name, s.name === 'start' ? 'start (what exists from the start)' : s.name]), { value: 'start' })
  const idle = select([['', '1 hour'], ['15m', '15 minutes'], ['24h', '1 day'], ['never', 'nobody drops it']])
  const at = input({ placeholder: 'as the contract’s clock' })
  const seed = input({ type: 'number', min: '0', placeholder: 'the contract’s' })
  const frozen = checkbox('Its clock stands still until somebody moves it')
  const keyed = checkbox('With a key that leads to it', { checked: true })
  const made = await dialog({
    title: 'New sandbox', wide: true,
    body: [
      h('div', { class: 'grid-2' }, field('Name', name, { hint: 'Letters, digits, dots, hyphens and underscores.' }), field('Made from', snapshot, { hint: 'A snapshot of this page.' })),
      h('div', { class: 'grid-2' }, field('Dropped after being idle for', idle), field('Seed', seed, { optional: true, hint: 'Of what is made up in it.' })),
      field('Its clock begins at', at, { optional: true, hint: 'An instant such as 2026-01-31T12:00:00Z.' }), frozen, keyed,
    ],
    actions: [{ label: 'Make it', act: () => api.post(`${base}/sandboxes`, {
      name: name.value.trim(), snapshot: snapshot.value, ...(idle.value && { idle: idle.value }), ...(at.value && { at: at.value.trim() }),
      ...(seed.value && { seed: Number(seed.value) }), frozen: frozen.input.checked, keyed: keyed.input.checked,
    }) }],
  })
  if (!made) return
  await worldsChanged()
  const open = await dialog({
    title: `Sandbox ${made.name}`, wide: true, cancel: 'Stay here',
    body: [
      h('p', {}, 'Clients reach it in any of these ways:'),
      h('div', { class: 'field' }, h('h3', {}, 'By the path, in place of the base URL'), once(made.ways.path, 'Base URL')),
      h('div', { class: 'field' }, h('h3', {}, 'By a header'), once(made.ways.header, 'Header')),
      made.ways.host && h('div', { class: 'field' }, h('h3', {}, 'By the host'), once(made.ways.host, 'Host')),
      made.key && h('div', { class: 'field' }, h('h3', {}, 'By its key, which is shown this once'), once(made.key, 'Key'), notice('warn', 'Requests with this key land in the sandbox by themselves.')),
    ],
    actions: [{ label: 'Look into it', value: true }],
  })
  if (open) location.hash = `#/${encodeURIComponent(`${contract.name}~${made.name}`)}/overview`
  else context.reload()
}

function snapshotCard(context) {
  const { snapshots, api, base, world, sandbox, contract } = context
  const file = h('input', { type: 'file', accept: '.jsonl,.ndjson', class: 'hidden', tabindex: '-1', 'aria-label': 'File of a snapshot' })
  file.addEventListener('change', () => context.run((async () => {
    const [chosen] = file.files
    file.value = ''
    if (!chosen) return
    const name = chosen.name.replace(/\.snapshot\.jsonl$|\.[^.]*$/, '')
    const made = await (await api.raw('POST', `${base}/snapshots/import`, chosen, { type: 'application/x-ndjson', query: { name } })).json()
    await context.reload()
    toast(`The snapshot ${made.name} was imported.`, 'good')
  })()))
  const of = sandbox ? `the sandbox ${sandbox}` : 'the contract’s own world'
  return card('Snapshots', {
    class: 'flush', lead: `What ${of} holds can be saved under a name and brought back.`,
    actions: [button('Import', { onclick: () => file.click() }), file, button('Save a snapshot', { icon: 'plus', onclick: () => save(context) })],
  }, table({
    caption: 'Snapshots', rows: snapshots,
    columns: [
      { title: 'Name', cell: (s) => h('strong', { class: 'break' }, s.name) },
      { title: 'Taken at', hideNarrow: true, cell: (s) => time(s.taken_at, { absolute: true }) },
      { title: 'Of', hideNarrow: true, cell: (s) => s.of || h('span', { class: 'muted' }, s.name === 'start' ? 'the start' : 'the contract') },
      { title: 'Records', class: 'num', hideNarrow: true, cell: (s) => s.records },
      { label: 'Actions', cell: (s) => h('div', { class: 'row end' },
        button('Restore', { small: true, onclick: () => restore(context, s, of) }),
        button(`Export ${s.name}`, { icon: 'download', bare: true, small: true, kind: 'quiet', onclick: async () => download(`${contract.name}-${s.name}.snapshot.jsonl`, await (await api.raw('GET', `${base}/snapshots/${encodeURIComponent(s.name)}/export`)).blob()) }),
        s.name !== 'start' && button(`Forget ${s.name}`, { icon: 'trash', bare: true, small: true, kind: 'quiet', onclick: async () => {
          if (!(await confirm(`Forget ${s.name}?`, 'The snapshot is gone; sandboxes that were made from it stay.', 'Forget'))) return
          await world.del(`/snapshots/${encodeURIComponent(s.name)}`)
          context.reload()
        } })) },
    ],
  }))
}

async function save(context) {
  const name = input({ required: true, maxlength: '63', placeholder: 'before-the-migration' })
  const saved = await dialog({
    title: 'Save a snapshot', body: field('Name', name, { hint: 'One of this name is replaced.' }),
    actions: [{ label: 'Save', act: () => context.world.put(`/snapshots/${encodeURIComponent(name.value.trim())}`) }],
  })
  if (!saved) return
  await context.reload()
  toast(`${saved.name} holds ${saved.records} records.`, 'good')
}

async function restore(context, s, of) {
  const clock = checkbox('Set the clock back as well')
  const done = await dialog({
    title: `Restore ${s.name}?`,
    body: [h('p', {}, `Items, keys, limits, faults, endpoints and deliveries of ${of} become what they were when the snapshot was taken.`), clock],
    actions: [{ label: 'Restore', kind: 'danger', act: () => context.world.post(`/snapshots/${encodeURIComponent(s.name)}/restore`, { clock: clock.input.checked }) }],
  })
  if (!done) return
  await context.clockMoved()
  await context.reload()
  toast(`${s.name} is restored.`, 'good')
}

function bundleCard(context) {
  const { world, contract, sandbox } = context
  return card('Bundle', {
    lead: 'The contract, the start of this world and all that was done to it since, in one file. Whoever has it sees what you see.',
    actions: button('Download', { icon: 'download', onclick: async () => download(`${contract.name}${sandbox ? `-${sandbox}` : ''}.bundle.jsonl`, await (await world.raw('GET', '/bundle')).blob()) }),
  })
}
