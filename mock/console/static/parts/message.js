// Messages as they went over the wire: headers, bodies, and how a delivery stands.
import { h, code, pill, bytes, json } from '../ui.js'

/** Headers, a line each. */
export const headerTable = (headers) =>
  h('dl', { class: 'headers' }, Object.entries(headers || {}).sort(([a], [b]) => a.localeCompare(b)).flatMap(([name, values]) => values.map((value) => h('div', {}, h('dt', {}, name), h('dd', {}, value)))))

/** A body: JSON laid out, text as it is, anything else as base64. */
export function bodyOf(body, label = 'Body') {
  if (!body || (!body.text && !body.base64)) return h('p', { class: 'muted' }, body?.size ? `A body of ${bytes(body.size)}, which was not kept.` : 'No body.')
  const note = body.cut && h('p', { class: 'muted small' }, `The beginning of ${bytes(body.size)}.`)
  if (body.base64) return h('div', {}, h('p', { class: 'muted small' }, 'As base64, for it is no text.'), code(body.base64, { label, wrap: true }), note)
  try {
    return h('div', { class: 'stack' }, json(JSON.parse(body.text), { label }), note)
  } catch {
    return h('div', { class: 'stack' }, code(body.text, { label, wrap: true }), note)
  }
}

const states = { delivered: 'good', pending: 'info', sending: 'info', held: 'warn', dead: 'bad', cancelled: '' }
/** How a delivery stands. */
export const deliveryState = (state) => pill(state, states[state] || '')

const outcomes = { taken: 'good', answered: 'warn', timeout: 'bad', unreachable: 'bad', refused: 'bad', interrupted: 'warn' }
/** What an attempt came to. */
export const outcomePill = (outcome) => pill(outcome, outcomes[outcome] || '')
