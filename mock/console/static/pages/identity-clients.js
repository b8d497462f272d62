// Clients of the identity provider, each with a link and commands that are ready to use.
import { h, card, button, field, input, textarea, checkbox, table, empty, pill, time, dialog, confirm, toast, code, linkButton } from '../ui.js'
import { command, quoted } from '../parts/command.js'
import { showOnce } from '../parts/secret.js'

const grants = ['authorization_code', 'refresh_token', 'client_credentials', 'password', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:ietf:params:oauth:grant-type:token-exchange']

export function clientList(context) {
  const { clients } = context
  return card('Clients', { class: 'flush', lead: 'Applications that may ask the identity provider for tokens.', actions: button('New client', { icon: 'plus', kind: 'primary', onclick: () => create(context) }) }, table({
    caption: 'Clients', rows: clients, onrow: (c) => ways(context, c),
    empty: h('div', { class: 'pad' }, empty('No clients', 'Make one with “New client”, or:', command(context, 'client create --name "Web shop" --redirect http://127.0.0.1:3000/callback'))),
    columns: [
      { title: 'Name', cell: (c) => h('strong', { class: 'break' }, c.name || c.id) },
      { title: 'client_id', cell: (c) => h('code', { class: 'break' }, c.id) },
      { title: 'Kind', cell: (c) => h('span', { class: 'pills' }, pill(c.public ? 'public' : 'confidential', c.public ? '' : 'info'), c.loopback && pill('loopback')) },
      { title: 'Redirects to', hideNarrow: true, cell: (c) => (c.redirects?.length ? h('div', { class: 'stack tight' }, c.redirects.map((r) => h('code', { class: 'break' }, r))) : h('span', { class: 'muted' }, c.loopback ? 'loopback, any port' : '–')) },
      { title: 'Made', hideNarrow: true, cell: (c) => time(c.created_at) },
      { label: 'Actions', cell: (c) => h('div', { class: 'row end' }, button('Use it', { small: true, onclick: () => ways(context, c) }), button(`Delete ${c.name || c.id}`, { icon: 'trash', bare: true, small: true, kind: 'quiet', onclick: () => remove(context, c) })) },
    ],
  }))
}

async function remove(context, c) {
  if (!(await confirm(`Delete ${c.name || c.id}?`, 'It can ask for no more tokens; those that it has are revoked.', 'Delete'))) return
  await context.world.del(`/clients/${encodeURIComponent(c.id)}`)
  await context.reload()
  toast('The client is gone.', 'good')
}

async function create(context) {
  const { world } = context
  const name = input({ required: true, placeholder: 'Web shop' })
  const redirects = textarea({ rows: '2', placeholder: 'http://127.0.0.1:3000/callback' })
  const open = checkbox('It is public: a page or an app that can keep no secret')
  const loopback = checkbox('Take redirects to loopback addresses with any port', { checked: true })
  const boxes = grants.map((g) => checkbox(g.replace('urn:ietf:params:oauth:grant-type:', ''), {}))
  const scopes = input({ placeholder: 'all' })
  const made = await dialog({
    title: 'New client', wide: true,
    body: [field('Name', name, { hint: 'Users see it when they log in.' }), field('Redirect URIs', redirects, { optional: true, hint: 'One a line, compared exactly.' }), open, loopback,
      h('fieldset', { class: 'field' }, h('legend', {}, 'Grants'), h('p', { class: 'hint' }, 'None ticked: all.'), h('div', { class: 'checks' }, boxes)),
      field('Scopes', scopes, { optional: true, hint: 'With spaces between them.' })],
    actions: [{ label: 'Make it', act: () => {
      const list = redirects.value.split('\n').map((r) => r.trim()).filter(Boolean)
      const chosen = grants.filter((_, i) => boxes[i].input.checked)
      const wanted = scopes.value.trim().split(/\s+/).filter(Boolean)
      return world.post('/clients', {
        name: name.value.trim(), public: open.input.checked, loopback: loopback.input.checked,
        ...(list.length && { redirects: list }), ...(chosen.length && { grants: chosen }), ...(wanted.length && { scopes: wanted }),
      })
    } }],
  })
  if (!made) return
  if (made.secret) await showOnce({ title: `${made.name} is made`, secrets: [['client_id', made.id], ['client_secret', made.secret]], commands: commandsOf(context, made, made.secret) })
  else await ways(context, made)
  context.reload()
}

/** A redirect that the client may name: its first, or a loopback address. */
const redirectOf = (client) => client.redirects?.[0] || (client.loopback ? 'http://127.0.0.1:3000/callback' : '')

function authorizeLink({ provider, tokens }, client, challenge) {
  const url = new URL(provider.authorize)
  const scopes = client.scopes?.length ? client.scopes : tokens.find((c) => c.provider && c.kind !== 'refresh')?.scopes || []
  const query = { response_type: 'code', client_id: client.id, redirect_uri: redirectOf(client), scope: scopes.join(' '), state: 'xyz', code_challenge: challenge, code_challenge_method: 'S256' }
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value)
  return url.href
}

// The pair of RFC 7636, appendix B: known to everybody, which is what a try needs.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

function commandsOf(context, client, secret) {
  const { provider } = context
  if (!provider?.token) return []
  const may = (grant) => !client.grants?.length || client.grants.includes(grant)
  const login = client.public ? `-d client_id=${quoted(client.id)}` : `-u ${quoted(`${client.id}:${secret || 'SECRET'}`)}`
  return [
    may('client_credentials') && !client.public && ['A token of its own', `curl ${quoted(provider.token)} ${login} \\\n  -d grant_type=client_credentials`],
    may('authorization_code') && provider.authorize && ['The code that the login gave, for a token', `curl ${quoted(provider.token)} ${login} \\\n  -d grant_type=authorization_code -d code=CODE \\\n  --data-urlencode redirect_uri=${quoted(redirectOf(client))} \\\n  -d code_verifier=${verifier}`],
  ].filter(Boolean)
}

/** The secret of the client that is there from the start: the stand-in tells it as long as it runs. */
async function readySecret({ world }, client) {
  const { credentials } = await world.get('/ready-credentials')
  const at = credentials.find((c) => c.value === client.id && c.env.endsWith('_ID'))
  return at && credentials.find((c) => c.env === at.env.replace(/_ID$/, '_SECRET'))?.value
}

/** How to use a client: a link that logs somebody in, and commands for tokens. */
async function ways(context, client) {
  const { provider } = context
  const secret = client.public ? '' : await readySecret(context, client)
  const link = provider?.authorize && authorizeLink(context, client, challenge)
  return dialog({
    title: client.name || client.id, wide: true, cancel: 'Close',
    body: [
      link && h('div', { class: 'field' }, h('h3', {}, 'Log somebody in'), h('p', { class: 'hint' }, 'The page of the identity provider opens; the browser is then sent to the redirect URI with a code. The code verifier is that of the example in RFC 7636.'),
        code(link, { label: 'Link', wrap: true }), h('div', {}, linkButton('Open the login', link, { icon: 'external', target: '_blank', rel: 'noreferrer' }))),
      commandsOf(context, client, secret).map(([label, text]) => h('div', { class: 'field' }, h('h3', {}, label), code(text, { label, wrap: true }))),
      !client.public && !secret && h('p', { class: 'muted' }, 'In place of SECRET, write the one that was shown when the client was made.'),
    ],
  })
}
