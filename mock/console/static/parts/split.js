// A list beside what was chosen of it. On small screens one is shown at a time.
import { h, fill, icon } from '../ui.js'

/** options: list, detail (nodes), open: something is chosen, back: address of the list, label of the detail. */
export function split({ list, detail, open, back, label = 'Details' }) {
  const side = h('section', { class: 'split-detail', 'aria-label': label })
  const e = h('div', { class: `split ${open ? 'open' : ''}` }, h('div', { class: 'split-list' }, list), side)
  const show = (node, yes = true) => {
    e.classList.toggle('open', yes)
    fill(side, yes && back && h('a', { class: 'split-back', href: back }, icon('back'), 'Back to the list'), node)
  }
  show(detail, open)
  return Object.assign(e, { show })
}
