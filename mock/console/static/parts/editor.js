// An editor for JSON: numbered lines, what is wrong beside the text with the line to jump to, and Ctrl+Enter to save.
import { h, fill, icon, button, freshId, announce } from '../ui.js'
import { places, lineOf } from './places.js'

/**
 * Makes an editor. options: text or value to begin with, label, rows, onsave() for Ctrl+Enter, onchange(). What is given has
 *   element             the editor
 *   text(), set(text)   what is written
 *   value()             the same, read; it throws where it is no JSON, and shows where
 *   refuse(error)       shows what the API refused, with each violation at its line
 *   clear()             takes that away
 */
export function editor({ text, value, label = 'JSON', rows = 18, onsave, onchange } = {}) {
  const gutter = h('div', { class: 'gutter', 'aria-hidden': 'true' })
  const notes = h('div', { class: 'editor-notes', id: freshId('notes'), role: 'status' })
  const box = h('textarea', {
    class: 'editor-text', spellcheck: 'false', autocapitalize: 'off', autocomplete: 'off', wrap: 'off', rows: String(rows), 'aria-label': label, 'aria-describedby': notes.id,
  })
  const element = h('div', { class: 'editor' }, h('div', { class: 'editor-box' }, gutter, box), notes)
  let marked = new Map()

  const lines = () => {
    const n = box.value.split('\n').length
    fill(gutter, Array.from({ length: Math.min(n, 20000) }, (_, i) => h('div', { class: marked.get(i + 1) ? 'marked' : null }, i + 1)))
    gutter.scrollTop = box.scrollTop
  }
  const jump = (at) => {
    box.focus()
    box.setSelectionRange(at, at)
    box.scrollTop = Math.max(0, (lineOf(box.value, at).line - 4) * parseFloat(getComputedStyle(box).lineHeight))
  }
  const show = (list, title) => {
    marked = new Map(list.filter((one) => one.line).map((one) => [one.line, true]))
    element.classList.toggle('has-notes', list.length > 0)
    box.setAttribute('aria-invalid', String(list.length > 0))
    fill(notes, list.length > 0 && [
      h('p', { class: 'editor-trouble' }, icon('warning'), h('strong', {}, title)),
      h('ul', {}, list.map((one) => h('li', {},
        one.line && button(`Line ${one.line}`, { small: true, onclick: () => jump(one.at) }),
        one.pointer !== undefined && h('code', {}, one.pointer || 'the whole'), h('span', {}, one.words)))),
    ])
    lines()
  }
  const check = () => {
    try {
      places(box.value)
      show([])
      return true
    } catch (error) {
      if (error.at === undefined) throw error
      const { line, column } = lineOf(box.value, error.at)
      show([{ at: error.at, line, words: `Column ${column}: ${error.message}.` }], 'This is not JSON yet')
      return false
    }
  }
  let timer
  box.addEventListener('input', () => {
    lines()
    clearTimeout(timer)
    timer = setTimeout(check, 250)
    onchange?.()
  })
  box.addEventListener('scroll', () => (gutter.scrollTop = box.scrollTop))
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && onsave) {
      event.preventDefault()
      onsave()
    }
  })
  const set = (given) => {
    box.value = given
    show([])
  }
  set(text ?? JSON.stringify(value ?? {}, null, 2))
  return {
    element, box, set, text: () => box.value, clear: () => show([]),
    value() {
      clearTimeout(timer)
      if (!check()) throw new Error('This is not JSON yet; the line is marked.')
      return JSON.parse(box.value)
    },
    refuse(error, prefix = '') {
      let known = new Map()
      try {
        known = places(box.value)
      } catch {} // then no line can be named
      const list = (error.violations || []).map((v) => {
        const pointer = prefix && v.pointer?.startsWith(prefix) ? v.pointer.slice(prefix.length) : v.pointer || ''
        let at, near = pointer
        while ((at = known.get(near)) === undefined && near) near = near.slice(0, near.lastIndexOf('/'))
        return { at, line: at === undefined ? null : lineOf(box.value, at).line, pointer, words: `wanted ${v.want}; there is ${v.got}.` }
      })
      show(list.length ? list : [{ words: error.message }], list.length ? error.message : 'It was refused')
      announce(error.message)
    },
  }
}
