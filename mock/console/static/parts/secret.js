// What is shown once: secrets of keys, tokens, clients and endpoints.
import { h, copyButton, dialog, notice, facts, code } from '../ui.js'

/** A value in one line, whole, with a button that copies it. */
export const once = (text, label, focus) => h('div', { class: 'once' }, h('code', { tabindex: '0', role: 'group', 'aria-label': label }, text), copyButton(text, `Copy ${label.toLowerCase()}`, { bare: false, autofocus: focus }))

/**
 * Shows secrets in a dialog, and that they will not be shown again. secrets: [label, text] pairs; more: pairs of facts; commands:
 * [label, text] pairs.
 */
export const showOnce = ({ title, lead = 'Copy it now. It is kept as a digest only and cannot be shown again.', secrets, more = [], commands = [], rest }) =>
  dialog({
    title, wide: true, cancel: '',
    body: [
      notice('warn', h('p', {}, lead)),
      secrets.map(([label, text], i) => h('div', { class: 'field' }, h('h3', {}, label), once(text, label, i === 0))),
      more.length > 0 && facts(more),
      commands.map(([label, text]) => h('div', { class: 'field' }, h('h3', {}, label), code(text, { label, wrap: true }))),
      rest,
    ],
    actions: [{ label: 'Done', value: true }],
  })
