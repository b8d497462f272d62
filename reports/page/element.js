// Elements. Text is set as text and never read as markup: what a deployment answered can do nothing here.

// el makes an element. Attributes whose value is null or false are left out; "on" holds listeners.
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue
    if (name === 'on') for (const [event, act] of Object.entries(value)) made.addEventListener(event, act)
    else made.setAttribute(name, value === true ? '' : String(value))
  }
  made.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false).map(shown))
  return made
}

const byId = (id) => document.getElementById(id)

// What is not drawn or turns the direction of writing is shown by its number.
const unseenCharacters = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g

const shownText = (text) =>
  text.replace(unseenCharacters, (c) => {
    const code = c.charCodeAt(0)
    return code === 13 ? '' : '\\' + (code < 256 ? 'x' + code.toString(16).padStart(2, '0') : 'u' + code.toString(16).padStart(4, '0'))
  })

const shown = (child) => (child instanceof Node ? child : shownText(String(child)))

const names = { passed: 'Passed', failed: 'Failed', errored: 'Errored', known: 'Known', skipped: 'Skipped' }
const signs = { passed: '✓', failed: '✗', errored: '!', known: '≈', skipped: '–' }

// outcomeMark shows an outcome by sign and colour, and by its word to those who see neither.
const outcomeMark = (outcome, word = false) =>
  el('span', { class: `outcome ${names[outcome] ? outcome : 'skipped'}` },
    el('span', { 'aria-hidden': 'true' }, signs[outcome] || '?'), el('span', { class: word ? '' : 'unseen' }, names[outcome] || outcome))

const chip = (text, kind = '') => el('span', { class: `chip ${kind}` }, text)

const plural = (n, word) => `${n.toLocaleString('en')} ${word}${n === 1 ? '' : 's'}`

// took shows milliseconds with the precision that matters.
function took(ms) {
  if (!(ms > 0)) return '0 ms'
  if (ms < 10) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60000) return `${(ms / 1000).toFixed(1)} s`
  return `${Math.floor(ms / 60000)} min ${Math.round((ms % 60000) / 1000)} s`
}

const nanoseconds = (ns) => took((ns || 0) / 1e6)

const place = (at) => (!at || !at.file ? '' : at.line ? `${at.file}:${at.line}` : at.file)

function say(text) {
  byId('say').textContent = text
}

// copyButton puts text on the clipboard. Where the browser has none for a page from a file, a field that is selected does it.
function copyButton(text, what) {
  const button = el('button', { type: 'button', class: 'small', 'aria-label': `Copy ${what}` }, 'Copy')
  button.addEventListener('click', async () => {
    let done = false
    try {
      await navigator.clipboard.writeText(text)
      done = true
    } catch {
      const field = el('textarea', { class: 'unseen', 'aria-hidden': 'true' })
      field.value = text
      document.body.append(field)
      field.select()
      done = document.execCommand('copy')
      field.remove()
      button.focus()
    }
    button.textContent = done ? 'Copied' : 'Not copied'
    say(done ? `Copied ${what}` : `The browser did not let ${what} be copied`)
    setTimeout(() => (button.textContent = 'Copy'), 1500)
  })
  return button
}

// pairs makes a list of names and values, without those that have none.
function pairs(...rows) {
  const kept = rows.filter(([, value]) => value !== null && value !== undefined && value !== '' && value !== false && (!Array.isArray(value) || value.length))
  return kept.length ? el('dl', { class: 'pairs' }, kept.map(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])) : null
}

// scrolls makes what may be wider than its place reachable by keyboard.
const scrolls = (label, ...children) => el('pre', { tabindex: '0', role: 'group', 'aria-label': label }, ...children)
