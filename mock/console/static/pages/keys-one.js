// One key: what it may do, what it was used for, and what can be done to it.
import { h, fill, head, card, button, field, input, time, dialog, confirm, toast, facts, notice, code } from '../ui.js'
import { goodness, scopePills, scopeChooser, endChooser } from '../parts/credential.js'
import { command, quoted } from '../parts/command.js'
import { steady } from '../parts/steady.js'
import { shown, auditTable } from './keys.js'

export async function render(root, context, id) {
  const { world, signal } = context
  const at = `/keys/${encodeURIComponent(id)}`
  const [key, { classes }] = await Promise.all([world.get(at, { signal }), world.get('/credential-classes', { signal })])
  const reach = { ...context, key, at, klass: classes.find((c) => c.name === key.class) }
  const ended = Boolean(key.ended_at)
  const state = h('span', {}, goodness(key))
  const usage = h('div', {}), log = h('div', {})
  const showUsage = steady(usage, usageOf)
  const showLog = steady(log, (entries) => auditTable(entries, context))
  const notes = h('div', { class: 'stack' }, (key.warnings || []).map((w) => notice('warn', h('p', {}, w))),
    key.successor && notice('info', h('p', {}, key.good ? 'It was rotated, and is good until its end; ' : 'It was rotated; ', h('a', { href: context.link('keys', key.successor) }, 'its successor'), ' takes its place.')))
  root.append(
    h('nav', { class: 'crumbs', 'aria-label': 'Where this is' }, h('a', { href: context.link('keys') }, 'API keys'), h('span', { 'aria-hidden': 'true' }, '/'), h('code', {}, id)),
    head(key.name || id, null,
      button('Change', { icon: 'edit', disabled: ended, onclick: () => change(reach) }),
      button('Rotate', { icon: 'refresh', disabled: ended, onclick: () => rotate(reach) }),
      button('Revoke', { kind: 'danger', disabled: ended, onclick: () => revoke(reach) })),
    notes,
    h('div', { class: 'grid-2' },
      card('Key', {}, facts([
        ['State', state], ['Shown as', h('code', {}, key.masked)], ['Id', h('code', { class: 'break' }, key.id)], ['Class', `${key.class} (${key.kind})`], ['Environment', key.environment],
        ['Account', key.account && h('code', { class: 'break' }, key.account)], ['User', key.user && h('code', { class: 'break' }, key.user)], ['Client', key.client && h('code', { class: 'break' }, key.client)],
        ['Scopes', scopePills(key.scopes)], ['Made', h('span', {}, time(key.created_at), ` (${key.age_days} ${key.age_days === 1 ? 'day' : 'days'} old)`)],
        ['Expires', key.expires_at ? h('span', {}, time(key.expires_at), h('span', { class: 'muted' }, ` · ${key.expires_at}`)) : 'never'], ['Ended', key.ended_at && time(key.ended_at)],
      ])),
      card('Use', {}, usage)),
    card('Log of this key', { class: 'flush' }, log),
    card('On the command line', {}, code([`key rotate ${quoted(id)}`, `key revoke ${quoted(id)} --yes`].map((c) => command(context, c)).join('\n'), { label: 'Commands', wrap: true })))
  const load = async () => {
    const [now, { entries }] = await Promise.all([world.get(at, { signal }), world.get('/audit', { query: { limit: 1000 }, signal })])
    reach.key = now
    showUsage(now.usage)
    showLog(entries.filter((e) => e.credential === id).reverse().slice(0, 100))
    fill(state, goodness(now))
  }
  await load()
  context.every(2000, () => context.run(load()))
}

function usageOf(u) {
  const figure = (n, words, bad) => h('div', { class: 'figure' }, h('strong', { class: bad && n > 0 ? 'is-bad' : null }, typeof n === 'number' ? n.toLocaleString('en') : n), h('span', {}, words))
  const share = (r) => `${(r * 100).toFixed(r > 0 && r < 0.1 ? 1 : 0)} %`
  return h('div', { class: 'stack' },
    h('div', { class: 'figures' }, figure(u.requests, 'requests'), figure(u.client_errors, '4xx', true), figure(u.server_errors, '5xx', true), figure(u.refused, 'refused', true), figure(u.limited, 'over a limit', true)),
    facts([
      ['Last used', u.last_used ? time(u.last_used) : 'never'], ['Answers of 400 and more', `${share(u.error_rate)} of all, ${share(u.day_error_rate)} in the last 24 hours`],
      ['Last 24 hours', `${u.day_requests.toLocaleString('en')} requests`], ['From', u.addresses?.join(', ')], ['Scopes used', u.scopes_used?.length ? scopePills(u.scopes_used) : null],
    ]))
}

async function change(context) {
  const { world, key, klass, at, now } = context
  const name = input({ value: key.name || '', maxlength: '200' })
  const scopes = scopeChooser(klass, key.scopes)
  const end = endChooser(now, key.expires_at)
  const done = await dialog({
    title: `Change ${key.name || key.id}`, wide: true, body: [field('Name', name), scopes.element, end.element],
    actions: [{ label: 'Save', act: () => world.patch(at, { name: name.value.trim(), scopes: scopes.value(), expires_at: end.value() }) }],
  })
  if (!done) return
  await context.reload()
  toast('The key was changed. It acts at once.', 'good')
}

async function rotate(context) {
  const { world, key, klass, at } = context
  if (!(await confirm(`Rotate ${key.name || key.id}?`, 'A new key takes its place. The old one goes on being good for as long as the contract says, so that all can change over.', 'Rotate', 'primary'))) return
  const { key: next, predecessor } = await world.post(`${at}/rotate`)
  await shown(context, next, klass, 'The new key')
  if (predecessor.good && predecessor.expires_at) toast(`The old key is good until ${predecessor.expires_at}.`)
  context.go('keys', next.id)
}

async function revoke(context) {
  const { world, key, at } = context
  const used = key.usage.last_used
  const done = await dialog({
    title: `Revoke ${key.name || key.id}?`,
    body: [h('p', {}, 'This is final and acts at once: whoever uses the key is refused with 401 from now on.'), used && notice('warn', h('p', {}, 'It was used last ', time(used), '.'))],
    actions: [{ label: 'Revoke', kind: 'danger', act: () => world.del(at, { query: { confirm: true } }) }],
  })
  if (!done) return
  await context.reload()
  toast(done.warnings[0] || 'The key is revoked.', done.warnings.length ? '' : 'good')
}
