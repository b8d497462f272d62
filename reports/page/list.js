// A list of any length: only the rows that can be seen exist.

class List {
  // rows have all the same height; draw gives what stands in one; chosen is told which is selected.
  constructor({ label, height, draw, chosen, name }) {
    Object.assign(this, { height, draw, chosen, name, items: [], at: -1 })
    this.sizer = el('div', { class: 'sizer', role: 'presentation' })
    this.box = el('div', { class: 'rows', role: 'listbox', tabindex: '0', 'aria-label': label, id: `list-${name}` }, this.sizer)
    this.box.addEventListener('scroll', () => this.later(), { passive: true })
    this.box.addEventListener('keydown', (event) => this.key(event))
    this.sizer.addEventListener('click', (event) => {
      const row = event.target.closest('[data-at]')
      if (row) this.select(Number(row.dataset.at))
    })
    new ResizeObserver(() => this.render()).observe(this.box)
  }

  later() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null
      this.render()
    })
  }

  show(items, keep) {
    this.items = items
    this.at = keep ? items.indexOf(keep) : -1
    this.sizer.style.height = `${items.length * this.height}px`
    if (this.at >= 0) this.reveal()
    else this.box.scrollTop = 0
    this.render()
  }

  render() {
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - 4)
    const last = Math.min(this.items.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + 4)
    const made = []
    for (let i = first; i < last; i++) {
      const row = el('div', { class: 'row', role: 'option', id: `${this.name}-${i}`, 'data-at': i, 'aria-selected': String(i === this.at), 'aria-setsize': this.items.length, 'aria-posinset': i + 1 },
        this.draw(this.items[i]))
      row.style.top = `${i * this.height}px`
      row.style.height = `${this.height}px`
      made.push(row)
    }
    this.sizer.replaceChildren(...made)
    if (this.at >= first && this.at < last) this.box.setAttribute('aria-activedescendant', `${this.name}-${this.at}`)
    else this.box.removeAttribute('aria-activedescendant')
  }

  reveal() {
    const top = this.at * this.height
    if (top < this.box.scrollTop) this.box.scrollTop = top
    else if (top + this.height > this.box.scrollTop + this.box.clientHeight) this.box.scrollTop = top + this.height - this.box.clientHeight
  }

  select(at) {
    if (!this.items.length) return
    this.at = Math.max(0, Math.min(at, this.items.length - 1))
    this.reveal()
    this.render()
    this.chosen(this.items[this.at])
  }

  move(by) {
    this.select(this.at < 0 ? (by > 0 ? 0 : this.items.length - 1) : this.at + by)
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1)
    const by = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key]
    if (by === undefined) return
    event.preventDefault()
    if (Number.isFinite(by)) this.move(by)
    else this.select(by < 0 ? 0 : this.items.length - 1)
  }
}
