// Who hears of events: addresses with their secrets, what they want to hear, and how they are doing.
import { h, head, card, button, field, input, textarea, select, table, empty, pill, time, dialog, confirm, toast, facts, notice } from '../ui.js'
import { command } from '../parts/command.js'
import { showOnce } from '../parts/secret.js'

export const id = 'endpoints', title = 'Endpoints', group = 'Events', icon = 'external'

export async function render(root, context) {
  const { world, signal, path, go } = context
  const [{ endpoints }, { events }, { url }] = await Promise.all([world.get('/endpoints', { signal }), world.get('/events', { query: { samples: false }, signal }), world.get('/inbox', { query: { limit: 1, bodies: false }, signal })])
  const reach = { ...context, events, inbox: url, endpoints }
  const one = path[0] && path[0] !== 'new' && endpoints.find((e) => e.id === path[0])
  if (one) return showOne(root, reach, one)
  root.append(
    head(title, 'Addresses that hear of events. Deliveries are signed, and tried again as the vendor tries.',
      button('Register the inbox', { onclick: () => register(reach, { url }) }), button('New endpoint', { kind: 'primary', icon: 'plus', onclick: () => create(reach) })),
    card(null, { class: 'flush' }, table({
      caption: 'Endpoints', rows: endpoints, onrow: (e) => go('endpoints', e.id),
      empty: h('div', { class: 'pad' }, empty('Nobody hears anything yet', 'Register the address of your receiver. Without one, “Register the inbox” lets the stand-in itself be the receiver. On the command line:', command(context, 'endpoint create http://127.0.0.1:3000/hooks'))),
      columns: [
        { title: 'Address', cell: (e) => h('span', {}, h('strong', { class: 'break' }, e.url)) },
        { title: 'Wants', cell: (e) => h('span', { class: 'break' }, e.events.includes('*') ? 'all events' : e.events.join(', ')) },
        { title: 'State', cell: stateOf },
        { title: 'Made by', hideNarrow: true, cell: (e) => e.source },
        { title: 'Made', hideNarrow: true, cell: (e) => time(e.created_at) },
      ],
    })))
  context.shortcut('n', 'new endpoint', () => create(reach))
  if (path[0] === 'new') context.setPath(), create(reach)
}

const stateOf = (e) => (!e.enabled ? pill('disabled', 'bad') : e.paused_until ? pill('paused', 'warn') : e.failing_since ? pill(`failing, ${e.failures} in a row`, 'warn') : pill('enabled', 'good'))

async function register(context, body) {
  const made = await context.world.post('/endpoints', body)
  const texts = made.secrets.filter((s) => s.text)
  if (texts.length) {
    await showOnce({
      title: 'The endpoint is registered', lead: 'Give the secret to the receiver now: it is shown this once.', secrets: texts.map((s) => [s.name, s.text]),
      more: [['Id', h('code', {}, made.id)], ['Address', made.url]],
    })
  } else toast('The endpoint is registered.', 'good')
  context.go('endpoints', made.id)
}

async function create(context) {
  const { events, inbox } = context
  const url = input({ type: 'url', required: true, placeholder: 'http://127.0.0.1:3000/hooks', list: 'inbox-url' })
  const description = input({ placeholder: 'Billing service' })
  const boxes = wantChooser(events, ['*'])
  const headers = textarea({ rows: '2', placeholder: 'X-Team: billing', class: 'short' })
  const body = await dialog({
    title: 'New endpoint', wide: true,
    body: [field('Address', url, { hint: 'Loopback and public addresses; private ones need serve --allow-private-webhooks.' }), h('datalist', { id: 'inbox-url' }, h('option', { value: inbox }, 'the stand-in’s own inbox')),
      boxes.element, field('What it is', description, { optional: true }),
      h('details', {}, h('summary', {}, 'Further headers'), field('Headers', headers, { optional: true, hint: 'One a line; they go with each delivery.' }))],
    actions: [{ label: 'Register it', act: () => {
      const more = Object.fromEntries(headers.value.split('\n').filter((l) => l.includes(':')).map((l) => [l.slice(0, l.indexOf(':')).trim(), l.slice(l.indexOf(':') + 1).trim()]))
      return { url: url.value.trim(), events: boxes.value(), ...(description.value.trim() && { description: description.value.trim() }), ...(Object.keys(more).length && { headers: more }) }
    } }],
  })
  if (body) await register(context, body)
}

/** What an endpoint wants to hear: all, or patterns. */
function wantChooser(events, wanted) {
  const box = input({ value: wanted.join(' '), placeholder: '*', list: 'event-names' })
  return {
    element: h('div', {}, field('Events', box, { hint: 'Names with spaces between them; * stands for any text, as in invoice.*' }), h('datalist', { id: 'event-names' }, events.map((e) => h('option', { value: e.type })))),
    value: () => box.value.trim().split(/[\s,]+/).filter(Boolean),
  }
}

function showOne(root, context, e) {
  const { world, link, events } = context
  const at = `/endpoints/${encodeURIComponent(e.id)}`
  const type = select(events.map((one) => one.type), { 'aria-label': 'Event to send' })
  const change = async (body, words) => {
    await world.patch(at, body)
    await context.reload()
    toast(words, 'good')
  }
  root.append(
    h('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, h('a', { href: link('endpoints') }, 'Endpoints'), h('span', { 'aria-hidden': 'true' }, '/'), h('code', { class: 'break' }, e.id)),
    head(e.description || e.url, e.description && e.url,
      e.enabled ? button('Disable', { onclick: () => change({ enabled: false }, 'Nothing is delivered there.') }) : button('Enable', { kind: 'primary', onclick: () => change({ enabled: true }, 'It hears of events again.') }),
      button('Change', { icon: 'edit', onclick: () => edit(context, e, at) }),
      button('Delete', { kind: 'danger', onclick: async () => {
        if (!(await confirm('Delete the endpoint?', 'What was still to be delivered there is dead.', 'Delete'))) return
        await world.del(at)
        context.go('endpoints')
      } })),
    ...(!e.enabled && e.disabled ? [notice('warn', h('p', {}, `It is disabled: ${e.disabled}`))] : []),
    h('div', { class: 'grid-2' },
      card('Endpoint', {}, facts([
        ['State', stateOf(e)], ['Address', h('span', { class: 'break' }, e.url)], ['Wants', e.events.includes('*') ? 'all events' : e.events.join(', ')], ['Made by', e.source], ['Made', time(e.created_at)], ['Account', e.account], ['Environment', e.environment],
        ['Failing since', e.failing_since && h('span', {}, time(e.failing_since), `, ${e.failures} attempts in a row`)], ['Paused until', e.paused_until && time(e.paused_until)],
        ...Object.entries(e.headers || {}).map(([name, value]) => [`Header ${name}`, value]),
        ['Tries', e.delivery?.waits?.join(', ') || e.delivery?.schedule || 'as the contract says'], ['Timeout', e.delivery?.timeout],
      ]), h('p', {}, h('a', { href: link('deliveries', { query: { endpoint: e.id } }) }, 'Its deliveries'))),
      h('div', { class: 'stack' },
        card('Secrets', { lead: 'They sign deliveries. A text is shown when it is made.' }, e.secrets.length > 0 ? h('ul', { class: 'stack tight' }, e.secrets.map((s) => h('li', { class: 'row between' }, h('div', {}, h('code', { class: 'break' }, s.name), h('div', { class: 'muted small' }, s.shown, s.expires_at && [' · signs until ', time(s.expires_at)])), !s.expires_at && button('Rotate', { small: true, onclick: () => rotate(context, at, s) })))) : h('p', { class: 'muted' }, 'The contract signs nothing.')),
        card('Send it something', {}, h('div', { class: 'row' }, h('div', { class: 'grow' }, type), button('Send', { kind: 'primary', icon: 'send', onclick: async () => {
          const { deliveries } = await world.post('/events', { type: type.value, to: e.id })
          context.go('deliveries', deliveries[0].id)
        } })), h('p', { class: 'hint' }, 'A sample payload, whether or not it wants this event.')))))
}

async function edit(context, e, at) {
  const url = input({ type: 'url', value: e.url, required: true }), description = input({ value: e.description || '' }), wants = wantChooser(context.events, e.events)
  const schedule = select([['', 'as the contract says'], 'standard-webhooks', 'stripe', 'fixed', 'none'], { value: e.delivery?.schedule || '' })
  const done = await dialog({
    title: 'Change the endpoint', wide: true, body: [field('Address', url), wants.element, field('What it is', description, { optional: true }), field('Tried again', schedule, { hint: 'How often, and after which waits.' })],
    actions: [{ label: 'Save', act: () => context.world.patch(at, { ...(url.value.trim() !== e.url && { url: url.value.trim() }), description: description.value.trim(), events: wants.value(), ...(schedule.value !== (e.delivery?.schedule || '') && { delivery: schedule.value ? { schedule: schedule.value } : {} }) }) }],
  })
  if (done) context.reload()
}

async function rotate(context, at, s) {
  const changed = await context.world.post(`${at}/rotate`, { name: s.name })
  const fresh = changed.secrets.filter((one) => one.text)
  await showOnce({ title: 'The new secret', lead: 'The old one signs for 24 hours more, beside it. Give the new one to the receiver now: it is shown this once.', secrets: fresh.map((one) => [one.name, one.text]) })
  context.reload()
}
