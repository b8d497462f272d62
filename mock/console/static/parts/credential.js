// What pages about credentials share: their states, their scopes to choose from, and when they end.
import { h, field, input, select, checkbox, pill, time } from '../ui.js'

/** Whether a credential would be believed now, and why not. */
export const goodness = (k) => (k.good ? pill(k.state === 'active' ? 'active' : `${k.state}`, 'good') : pill((k.code || k.state).replaceAll('_', ' '), k.state === 'pending' ? 'warn' : 'bad'))

/** What a credential may do, as pills; many are folded. */
export function scopePills(scopes) {
  if (!scopes?.length) return h('span', { class: 'muted' }, '–')
  const shown = scopes.slice(0, 3)
  return h('span', { class: 'pills', title: scopes.join(', ') }, shown.map((s) => pill(s)), scopes.length > shown.length && h('span', { class: 'muted small' }, `and ${scopes.length - shown.length} more`))
}

/** When a credential ends, by the stand-in's clock. */
export const ending = (k) => (k.ended_at ? h('span', {}, 'ended ', time(k.ended_at)) : k.expires_at ? time(k.expires_at) : h('span', { class: 'muted' }, 'never'))

/** A chooser of scopes of a class: .value() gives the list, undefined where nothing was chosen and none is needed. */
export function scopeChooser(klass, chosen = []) {
  const known = klass?.scopes || []
  if (known.length === 0) {
    const box = input({ value: chosen.join(' '), placeholder: 'events:read events:write' })
    return { element: field('Scopes', box, { optional: true, hint: 'With spaces between them. The contract lists none, so any text will do.' }), value: () => box.value.trim().split(/\s+/).filter(Boolean) }
  }
  if (klass.one_scope) {
    const box = select(known, { value: chosen[0] || known[0] })
    return { element: field('Scope', box, { hint: 'A credential of this class has exactly one.' }), value: () => [box.value] }
  }
  const boxes = known.map((name) => checkbox(name, { checked: chosen.includes(name) }))
  return {
    element: h('fieldset', { class: 'field' }, h('legend', {}, 'Scopes'), h('div', { class: 'checks' }, boxes)),
    value: () => known.filter((_, i) => boxes[i].input.checked),
  }
}

const spans = [['', 'never'], ['3600', 'in 1 hour'], ['86400', 'in 1 day'], ['604800', 'in 7 days'], ['2592000', 'in 30 days'], ['7776000', 'in 90 days'], ['at', 'at an instant …']]

/** A chooser of an end: .value() gives an instant by the stand-in's clock, or null for never. */
export function endChooser(now, given) {
  const at = input({ placeholder: '2026-01-31T12:00:00Z', value: given || '', 'aria-label': 'Instant of the end' })
  const span = select(spans, { value: given ? 'at' : '' })
  const follow = () => (at.hidden = span.value !== 'at')
  span.addEventListener('change', follow)
  follow()
  const element = field('Expires', span, { hint: 'Counted on the stand-in’s clock, which you can move.' })
  span.after(at)
  return { element, value: () => (span.value === '' ? null : span.value === 'at' ? at.value.trim() : new Date(now().getTime() + Number(span.value) * 1000).toISOString().replace(/\.\d+Z$/, 'Z')) }
}
