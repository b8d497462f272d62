// Which part of a long list is shown, and the way to the others.
import { h, button } from '../ui.js'

/** options: offset, limit, total, onmove(offset), noun of several. Nothing is shown where all fit. */
export function pager({ offset, limit, total, onmove, noun = 'entries' }) {
  if (total <= limit && offset === 0) return total > 0 && h('p', { class: 'pager muted' }, `${total.toLocaleString('en')} ${noun}`)
  const last = Math.min(offset + limit, total)
  return h('nav', { class: 'pager', 'aria-label': `Pages of ${noun}` },
    h('p', { class: 'muted' }, total > 0 ? `${(offset + 1).toLocaleString('en')}–${last.toLocaleString('en')} of ${total.toLocaleString('en')} ${noun}` : `No ${noun} here`),
    h('div', { class: 'row' },
      button('Previous', { small: true, disabled: offset === 0, onclick: () => onmove(Math.max(0, offset - limit)) }),
      button('Next', { small: true, disabled: last >= total, onclick: () => onmove(offset + limit) })))
}
