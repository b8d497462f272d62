// Parts of a page that are read again and again: they are drawn anew only when something changed, and the focus stays.
import { fill } from '../ui.js'

const focusable = 'a[href], button, input, select, textarea, [tabindex="0"]'

/** Gives show(value): it fills the element with what draw(value) gives, if the value is another one than before. */
export function steady(element, draw) {
  let last
  return (value, again = false) => {
    const text = JSON.stringify(value)
    if (text === last && !again) return
    last = text
    const active = element.contains(document.activeElement) ? document.activeElement : null
    const like = active && [...element.querySelectorAll(focusable)].filter((e) => same(e, active)).indexOf(active)
    fill(element, draw(value))
    if (active) [...element.querySelectorAll(focusable)].filter((e) => same(e, active))[like]?.focus({ preventScroll: true })
  }
}

const same = (a, b) => a.tagName === b.tagName && a.textContent === b.textContent && a.getAttribute('aria-label') === b.getAttribute('aria-label')
