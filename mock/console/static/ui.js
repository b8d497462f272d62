// What pages are made of. Nothing here takes HTML: every string is shown as text, whatever stands in it.
//
// A page is a module that exports { id, title, group, icon, render(root, context) } and stands in pages/index.js:
//
//   import { h, head, card, button, field, input, table, empty, time } from '../ui.js'
//   export const id = 'keys', title = 'API keys', group = 'State', icon = 'key'
//   export async function render(root, context) {
//     const { keys } = await context.world.get('/keys', { signal: context.signal })
//     root.append(
//       head(title, 'What the operations believe.', button('New key', { kind: 'primary', onclick: create })),
//       table({ caption: 'Keys', rows: keys, columns: [{ title: 'Name', cell: (k) => k.name }, { title: 'Used', cell: (k) => time(k.used_at) }],
//         onrow: (k) => context.go('keys', k.id), empty: empty('No keys yet', 'Make one, or:', 'understudy control key create') }))
//   }
//
// The context:
//   contract, contracts   the chosen one ({ name, title, base_url, … }), and all
//   sandbox               name of the chosen one, or ''
//   world, api, signal    the API (api.js); the signal ends when the page is left
//   path, query           what stands behind the page's name in the address: #/CONTRACT[~SANDBOX]/PAGE/path…?query
//   link(page, ...path)   an address for h('a', { href }); go(page, ...path) goes there; a last argument { query: {…} } adds parameters
//   setQuery({ … })       changes the parameters of the address without rendering the page anew
//   reload()              renders the page anew; run(promise) shows what a promise throws, unless the page was left
//   now()                 the stand-in's clock, as a Date; clock() what it is ({ now, frozen, rate }); clockMoved() reads it anew
//   worldsChanged()       after sandboxes were made or dropped: the chooser is filled anew
//   every(ms, f)          calls f again and again until the page is left
//   shortcut(key, what, f)  a key of this page, listed under `?`; a <input data-search> is found by `/`
//
// Handlers of buttons may be async: the button is busy meanwhile, and what they throw is shown as a toast.

const unsafe = new Set(['innerhtml', 'outerhtml', 'srcdoc', 'style', 'formaction'])
const properties = new Set(['value', 'checked', 'selected', 'disabled', 'indeterminate', 'open', 'multiple', 'readOnly'])
const svgTags = new Set(['svg', 'path', 'circle', 'rect', 'line', 'polyline', 'g', 'title'])

/** Makes an element. Attributes: class, on… functions, dataset and style objects, properties, and any other; false and null are left out. */
export function h(tag, attributes, ...children) {
  const e = svgTags.has(tag) && tag !== 'title' ? document.createElementNS('http://www.w3.org/2000/svg', tag) : document.createElement(tag)
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === undefined || value === null || value === false) continue
    const low = name.toLowerCase()
    if (low.startsWith('on')) {
      if (typeof value !== 'function') throw new TypeError(`${name} takes a function`)
      e.addEventListener(low.slice(2), value)
    } else if (name === 'dataset') Object.assign(e.dataset, value)
    else if (name === 'style' && typeof value === 'object') {
      for (const [property, text] of Object.entries(value)) e.style.setProperty(property, text)
    } else if (unsafe.has(low)) throw new TypeError(`${name} is not for h()`)
    else if (low === 'href' || low === 'src' || low === 'action') e.setAttribute(name, safeAddress(value))
    else if (properties.has(name)) e[name] = value
    else e.setAttribute(name, value === true ? '' : value)
  }
  add(e, children)
  return e
}

function add(e, children) {
  for (const child of children) {
    if (child === undefined || child === null || child === false) continue
    if (Array.isArray(child)) add(e, child)
    else e.append(child) // strings and numbers become text nodes
  }
}

/** Lets through addresses that open a page or a file, and no script. */
function safeAddress(value) {
  const text = String(value)
  try {
    if (['http:', 'https:', 'blob:', 'mailto:'].includes(new URL(text, document.baseURI).protocol)) return text
  } catch {} // no address
  return '#'
}

/** Puts children in place of what an element holds. */
export function fill(e, ...children) {
  e.replaceChildren()
  add(e, children)
  return e
}

const shapes = {
  home: 'M3 10.5 12 3l9 7.5V20a1 1 0 0 1-1 1h-5v-6H9v6H4a1 1 0 0 1-1-1z',
  compass: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM15.5 8.5l-2 5-5 2 2-5z',
  activity: 'M3 12h4l3-8 4 16 3-8h4',
  play: 'M7 4v16l13-8z',
  pause: 'M8 5v14M16 5v14',
  database: 'M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3-3.6 3-8 3-8-1.3-8-3zM4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3',
  key: 'M14.5 9.5a4.5 4.5 0 1 0-3.2 4.3L13 15.5h2v2h2v2h3v-3l-5.8-5.8c.2-.4.3-.8.3-1.2zM8.5 8.5h.01',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.6-6 8-6s8 2 8 6',
  gauge: 'M4 18a9 9 0 1 1 16 0M12 14l4-5',
  send: 'M21 3 10 14M21 3l-7 18-4-7-7-4z',
  zap: 'M13 2 4 14h7l-1 8 9-12h-7z',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 2',
  layers: 'M12 3 2.5 8 12 13l9.5-5zM2.5 12.5 12 17.5l9.5-5M2.5 16.5 12 21.5l9.5-5',
  check: 'M4 12.5 9.5 18 20 6.5',
  cross: 'M5 5l14 14M19 5 5 19',
  copy: 'M9 9h11v12H9zM5 15H4V3h11v2',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16.5 16.5 21 21',
  menu: 'M4 6h16M4 12h16M4 18h16',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4',
  moon: 'M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z',
  help: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8M12 17h.01',
  plus: 'M12 5v14M5 12h14',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6',
  refresh: 'M20 11a8 8 0 0 0-14.9-3M4 4v4h4M4 13a8 8 0 0 0 14.9 3M20 20v-4h-4',
  download: 'M12 4v11M7 10.5l5 5 5-5M4 20h16',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  chevron: 'M9 6l6 6-6 6',
  warning: 'M12 4 2.5 20h19zM12 10v4M12 17h.01',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5M12 8h.01',
  shield: 'M12 3 4 6v6c0 4.5 3.4 8 8 9 4.6-1 8-4.5 8-9V6z',
  edit: 'M4 20h4L19.5 8.5l-4-4L4 16zM13 7l4 4',
  back: 'M15 6l-6 6 6 6',
  list: 'M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01',
  eye: 'M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z',
  eyeOff: 'M3 3l18 18M9.9 5.2A10 10 0 0 1 12 5c6.4 0 10 7 10 7a17 17 0 0 1-3 3.8M6.2 6.6C3.5 8.6 2 12 2 12s3.6 7 10 7a9.6 9.6 0 0 0 5.3-1.6M9.9 9.9a3 3 0 0 0 4.2 4.2',
  stop: 'M6 6h12v12H6z',
  system: 'M3 5h18v11H3zM9 20h6M12 16v4',
}

/** A small picture, which says nothing by itself: words stand beside it. */
export const icon = (name) =>
  h('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, h('path', { d: shapes[name] || shapes.info }))

/** The head of a page: what it is, what it is for, and its main acts. */
export const head = (title, lead, ...actions) =>
  h('header', { class: 'page-head' }, h('div', {}, h('h1', { tabindex: '-1' }, title), lead && h('p', { class: 'lead' }, lead)), actions.length > 0 && h('div', { class: 'actions' }, actions))

/** A part of a page, with a heading. */
export const card = (title, options, ...children) => {
  const { actions, lead, class: extra } = options || {}
  return h('section', { class: `card ${extra || ''}` },
    title && h('div', { class: 'card-head' }, h('div', {}, h('h2', {}, title), lead && h('p', { class: 'muted' }, lead)), actions && h('div', { class: 'actions' }, actions)),
    children)
}

/** A button. options: onclick (may be async), kind 'primary' | 'danger' | 'quiet', icon, title, small, disabled, type, pressed. */
export function button(label, options = {}) {
  const { onclick, kind, icon: picture, small, type, pressed, bare, ...rest } = options
  const e = h('button', {
    type: type || 'button', class: `button ${kind || ''} ${small ? 'small' : ''} ${bare ? 'bare' : ''}`,
    'aria-pressed': pressed === undefined ? null : String(pressed), 'aria-label': bare ? label : null, title: bare ? label : null, ...rest,
  }, picture && icon(picture), !bare && h('span', {}, label))
  if (onclick) e.addEventListener('click', (event) => busy(e, () => onclick(event)))
  return e
}

/** Runs what a button is for; it cannot be pressed again meanwhile. */
async function busy(e, act) {
  if (e.getAttribute('aria-busy') === 'true') return
  const result = attempt(act)
  if (!(result instanceof Promise)) return
  e.setAttribute('aria-busy', 'true')
  try {
    await result
  } finally {
    e.removeAttribute('aria-busy')
  }
}

/** Runs something and shows what it throws. */
export function attempt(act) {
  try {
    const result = act()
    return result instanceof Promise ? result.catch(complain) : result
  } catch (error) {
    complain(error)
  }
}

function complain(error) {
  if (error?.name === 'AbortError') return
  toast(error?.message || String(error), 'bad')
}

/** A link that looks like a button. */
export const linkButton = (label, href, { icon: picture, kind, ...rest } = {}) =>
  h('a', { class: `button ${kind || ''}`, href, ...rest }, picture && icon(picture), h('span', {}, label))

let serial = 0
/** An id that no other element has. */
export const freshId = (word = 'e') => `${word}-${++serial}`

/** A form field: a label, its control, a hint; options: hint, optional, inline, hideLabel. */
export function field(label, control, { hint, optional, inline, hideLabel } = {}) {
  control.id ||= freshId('field')
  const hinted = hint && h('p', { class: 'hint', id: `${control.id}-hint` }, hint)
  if (hinted) control.setAttribute('aria-describedby', hinted.id)
  return h('div', { class: `field ${inline ? 'inline' : ''}` },
    h('label', { for: control.id, class: hideLabel ? 'hidden' : null }, label, optional && h('span', { class: 'muted' }, ' optional')), control, hinted)
}

export const input = (attributes) => h('input', { type: 'text', autocomplete: 'off', spellcheck: 'false', autocapitalize: 'off', ...attributes })
export const textarea = (attributes) => h('textarea', { spellcheck: 'false', autocapitalize: 'off', ...attributes })

/** A chooser. choices: strings, or [value, label], or { label, choices } for a group. */
export function select(choices, { value, ...attributes } = {}) {
  const e = h('select', attributes)
  const one = (choice) => {
    if (choice?.choices) return h('optgroup', { label: choice.label }, choice.choices.map(one))
    const [v, label] = Array.isArray(choice) ? choice : [choice, choice]
    return h('option', { value: v, selected: v === value }, label)
  }
  add(e, choices.map(one))
  return e
}

/** A box to tick, with its label. The box is .input of what is given. */
export function checkbox(label, attributes) {
  const box = h('input', { type: 'checkbox', ...attributes })
  const e = h('label', { class: 'check' }, box, h('span', {}, label))
  e.input = box
  return e
}

/**
 * A table. columns: { title, cell(row), class, hideNarrow }; rows; caption (read out, not shown); onrow(row) makes rows
 * pressable by mouse and keyboard; empty is shown in place of a table without rows; rowClass(row).
 */
export function table({ columns, rows, caption, onrow, empty: nothing, rowClass }) {
  if (rows.length === 0 && nothing) return nothing
  const body = h('tbody', {})
  const e = h('div', { class: 'table-wrap', tabindex: '-1' }, h('table', {}, caption && h('caption', { class: 'hidden' }, caption),
    h('thead', {}, h('tr', {}, columns.map((c) => h('th', { scope: 'col', class: cellClass(c) }, c.title || h('span', { class: 'hidden' }, c.label || 'Actions'))))), body))
  for (const row of rows) body.append(tableRow(columns, row, onrow, rowClass))
  return e
}

const cellClass = (c) => `${c.class || ''} ${c.hideNarrow ? 'hide-narrow' : ''}`.trim() || null

function tableRow(columns, row, onrow, rowClass) {
  const tr = h('tr', { class: `${onrow ? 'pressable' : ''} ${rowClass?.(row) || ''}`.trim() || null })
  columns.forEach((c, i) => {
    let content = c.cell(row)
    if (i === 0 && onrow && !content?.matches?.('a, button, input') && !content?.querySelector?.('a, button, input')) {
      content = h('button', { type: 'button', class: 'row-button', onclick: () => onrow(row) }, content)
    }
    tr.append(h('td', { class: cellClass(c) }, content))
  })
  if (onrow) tr.addEventListener('click', (event) => event.target.closest('a, button, input, select, label') || getSelection().toString() || onrow(row))
  return tr
}

/** What to show where there is nothing yet: what it is, what to do, and the exact command. */
export const empty = (title, text, command, ...actions) =>
  h('div', { class: 'empty' }, h('h3', {}, title), text && h('p', {}, text), command && code(command, { label: 'Command' }), actions.length > 0 && h('div', { class: 'actions' }, actions))

/** Copies text; the button says so. text may be a function. */
export function copyButton(text, label = 'Copy', options = {}) {
  const e = button(label, {
    icon: 'copy', small: true, kind: 'quiet', bare: true, ...options,
    onclick: async () => {
      await copyText(typeof text === 'function' ? await text() : text)
      announce(`${label}: copied`)
      e.classList.add('done')
      e.querySelector('path').setAttribute('d', shapes.check)
      setTimeout(() => {
        e.classList.remove('done')
        e.querySelector('path').setAttribute('d', shapes.copy)
      }, 1200)
    },
  })
  return e
}

/** Puts text on the clipboard, also where the page is not in a secure context. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const area = h('textarea', { class: 'hidden', value: text, 'aria-hidden': 'true' })
    document.body.append(area)
    area.select()
    const copied = document.execCommand('copy')
    area.remove()
    if (!copied) throw new Error('The browser does not let pages copy here.')
  }
}

/** A block of code with a copy button. options: language 'json', label, wrap, copy: false, max (characters shown at first). */
export function code(text, { language, label = 'Code', wrap, copy = true, max = 20000 } = {}) {
  const shown = text.length > max ? text.slice(0, max) : text
  const body = h('code', {}, language === 'json' ? highlightJSON(shown) : shown)
  const pre = h('pre', { class: wrap ? 'wrap' : null, tabindex: '0', 'aria-label': label, role: 'region' }, body)
  const more = text.length > max && button(`Show all ${text.length.toLocaleString('en')} characters`, { small: true, kind: 'quiet', onclick: () => { fill(body, text); more.remove() } })
  return h('div', { class: 'code' }, pre, copy && copyButton(text, `Copy ${label.toLowerCase()}`), more)
}

/** A value as JSON with its kinds told apart. */
export const json = (value, options) => code(JSON.stringify(value, null, 2) ?? 'nothing', { language: 'json', label: 'JSON', ...options })

const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g

function highlightJSON(text) {
  const parts = []
  let at = 0
  for (const m of text.matchAll(token)) {
    if (m.index > at) parts.push(text.slice(at, m.index))
    const kind = m[2] ? 'j-name' : m[1] ? 'j-string' : m[3] ? 'j-word' : 'j-number'
    parts.push(h('span', { class: kind }, m[1] || m[0]))
    if (m[2]) parts.push(m[2])
    at = m.index + m[0].length
  }
  parts.push(text.slice(at))
  return parts
}

/**
 * Tabs as the ARIA practices have them: arrow keys, Home and End. list: { id, title, render() → node }. What is chosen is
 * rendered when it is first looked at. onselect(id) is told.
 */
export function tabs(list, { selected, label = 'Views', onselect } = {}) {
  const base = freshId('tabs')
  const strip = h('div', { class: 'tabs', role: 'tablist', 'aria-label': label })
  const panels = list.map((tab) => h('div', { role: 'tabpanel', id: `${base}-${tab.id}-panel`, 'aria-labelledby': `${base}-${tab.id}`, hidden: true, class: 'panel' }))
  const heads = list.map((tab, i) => h('button', {
    type: 'button', role: 'tab', id: `${base}-${tab.id}`, 'aria-controls': `${base}-${tab.id}-panel`, 'aria-selected': 'false', tabindex: '-1', class: 'tab',
    onclick: () => choose(i, true),
  }, tab.title, tab.count !== undefined && h('span', { class: 'count' }, tab.count)))
  const choose = (i, tell) => {
    heads.forEach((e, n) => {
      e.setAttribute('aria-selected', String(n === i))
      e.tabIndex = n === i ? 0 : -1
      panels[n].hidden = n !== i
    })
    if (!panels[i].hasChildNodes()) add(panels[i], [list[i].render()])
    if (tell) onselect?.(list[i].id)
  }
  strip.addEventListener('keydown', (event) => {
    const at = heads.indexOf(document.activeElement)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: heads.length - 1 }[event.key]
    if (at < 0 || to === undefined) return
    event.preventDefault()
    const i = (to + heads.length) % heads.length
    heads[i].focus()
    choose(i, true)
  })
  add(strip, heads)
  choose(Math.max(0, list.findIndex((tab) => tab.id === selected)))
  return h('div', { class: 'tabbed' }, strip, panels)
}

/**
 * A dialog. body: nodes; actions: [{ label, kind, value, act(form) }]: act may be async, what it gives closes the dialog with it
 * (undefined keeps it open; what it throws is shown inside). It gives a promise of the value, or undefined when it was cancelled.
 */
export function dialog({ title, body, actions = [], cancel = 'Cancel', wide, required }) {
  return new Promise((resolve) => {
    const heading = freshId('dialog')
    const trouble = h('div', { 'aria-live': 'assertive' })
    let result
    const finish = (value) => {
      result = value
      e.close()
    }
    const act = async (action) => {
      fill(trouble)
      try {
        const value = action.act ? await action.act(form) : action.value
        if (value !== undefined) finish(value)
      } catch (error) {
        if (error?.name !== 'AbortError') fill(trouble, problem(error))
      }
    }
    const buttons = actions.map((a, i) => button(a.label, { kind: a.kind || (i === actions.length - 1 ? 'primary' : ''), type: i === actions.length - 1 ? 'submit' : 'button', onclick: i === actions.length - 1 ? undefined : () => act(a) }))
    const form = h('form', {
      method: 'dialog',
      onsubmit: (event) => {
        event.preventDefault()
        const last = actions.at(-1)
        if (last) busy(buttons.at(-1), () => act(last))
        else finish()
      },
    }, h('h2', { id: heading }, title), h('div', { class: 'dialog-body' }, body), trouble,
      h('div', { class: 'dialog-actions' }, cancel && button(cancel, { kind: 'quiet', onclick: () => finish() }), buttons))
    const e = h('dialog', { class: wide ? 'wide' : null, 'aria-labelledby': heading }, form)
    e.addEventListener('cancel', (event) => required && event.preventDefault())
    e.addEventListener('click', (event) => event.target === e && !required && finish())
    e.addEventListener('close', () => {
      e.remove()
      resolve(result)
    })
    document.body.append(e)
    e.showModal()
    ;(form.querySelector('[autofocus]') || form.querySelector('.dialog-body input, .dialog-body select, .dialog-body textarea') || buttons.at(-1))?.focus()
  })
}

/** Asks before something that cannot be undone; gives true or false. */
export const confirm = async (title, text, label, kind = 'danger') =>
  (await dialog({ title, body: h('p', {}, text), actions: [{ label, kind, value: true }] })) === true

/** Says something for a few seconds; kind 'good' | 'bad' | ''. Bad news stays longer. */
export function toast(text, kind = '') {
  const box = document.getElementById('toasts')
  const e = h('div', { class: `toast ${kind}`, role: kind === 'bad' ? 'alert' : 'status' }, icon(kind === 'bad' ? 'warning' : kind === 'good' ? 'check' : 'info'), h('span', {}, text), button('Dismiss', { icon: 'cross', bare: true, kind: 'quiet', small: true, onclick: () => e.remove() }))
  box.append(e)
  while (box.children.length > 4) box.firstChild.remove()
  setTimeout(() => e.remove(), kind === 'bad' ? 12000 : 5000)
}

/** Reads something out to those who do not see it. */
export function announce(text) {
  const e = document.getElementById('announcer')
  e.textContent = e.textContent === text ? `${text}\u00a0` : text
}

/** Shows what was refused, with every violation. */
export const problem = (error) =>
  h('div', { class: 'notice bad', role: 'alert' }, icon('warning'), h('div', {},
    h('p', {}, h('strong', {}, error?.code ? error.code.replaceAll('_', ' ') : 'That did not work'), ' ', error?.message || String(error)),
    error?.violations?.length > 0 && h('ul', {}, error.violations.map((v) => h('li', {}, h('code', {}, v.pointer || v.name || v.in), ` wanted ${v.want}, got ${v.got}`)))))

/** A remark; kind 'info' | 'good' | 'warn' | 'bad'. */
export const notice = (kind, ...children) =>
  h('div', { class: `notice ${kind}` }, icon({ bad: 'warning', warn: 'warning', good: 'check' }[kind] || 'info'), h('div', {}, children))

/** Pairs of a name and a value. */
export const facts = (pairs) =>
  h('dl', { class: 'facts' }, pairs.filter((p) => p && p[1] !== undefined && p[1] !== null && p[1] !== '').map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))

/** A word in a pill; kind 'good' | 'warn' | 'bad' | 'info' | ''. */
export const pill = (text, kind = '') => h('span', { class: `pill ${kind}` }, text)

/** An HTTP method and a status, in colours that words repeat. */
export const method = (name) => h('span', { class: `method m-${/^[A-Z]+$/.test(name) ? name.toLowerCase() : 'other'}` }, name)
export const status = (code) => h('span', { class: `status s${Math.floor(code / 100)}` }, code || 'cut')

let nowOf = () => new Date()
/** Lets the shell say what the stand-in's clock shows. */
export function useClock(now) {
  nowOf = now
}

/** An instant, told as the distance from the stand-in's now; the instant itself is its title. It goes on by itself. */
export function time(at, { absolute } = {}) {
  if (!at) return h('span', { class: 'muted' }, '–')
  const e = h('time', { datetime: at, title: instant(at), dataset: absolute ? {} : { at } }, absolute ? instant(at) : distance(at))
  return e
}

/** An instant in the words of ISO 8601, to the second, in UTC. */
export const instant = (at) => {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

function distance(at) {
  const ms = new Date(at) - nowOf()
  const size = Math.abs(ms) / 1000
  if (Number.isNaN(size)) return String(at)
  if (size < 2) return 'now'
  const [n, unit] = size < 60 ? [size, 's'] : size < 3600 ? [size / 60, 'min'] : size < 86400 ? [size / 3600, 'h'] : size < 86400 * 60 ? [size / 86400, 'd'] : [size / 86400 / 30.44, 'mo']
  const text = `${Math.round(n)} ${unit}`
  return ms < 0 ? `${text} ago` : `in ${text}`
}

setInterval(() => {
  for (const e of document.querySelectorAll('time[data-at]')) {
    const text = distance(e.dataset.at)
    if (e.textContent !== text) e.textContent = text
  }
}, 1000)

/** A length of time in milliseconds, and a size in bytes, for people. */
export const duration = (ms) => (ms < 1 ? `${(ms * 1000).toFixed(0)} µs` : ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms` : ms < 60000 ? `${(ms / 1000).toFixed(1)} s` : `${(ms / 60000).toFixed(1)} min`)
export const bytes = (n) => (n < 1000 ? `${n} B` : n < 1e6 ? `${(n / 1000).toFixed(1)} kB` : `${(n / 1e6).toFixed(1)} MB`)

/** Saves text as a file. */
export function download(name, text, type = 'text/plain') {
  const url = URL.createObjectURL(text instanceof Blob ? text : new Blob([text], { type }))
  const a = h('a', { href: url, download: name })
  document.body.append(a)
  a.click()
  a.remove()
  setTimeout(() => URL.revokeObjectURL(url), 10000)
}

/** Something that is on its way. */
export const loading = (what = 'Loading') => h('p', { class: 'loading', role: 'status' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), `${what}…`)
