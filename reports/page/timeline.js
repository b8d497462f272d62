// The whole run at a glance: each exchange a line at its time, as high as it took long. It repeats what the list says, so that
// it needs no keyboard of its own.

function timeline(chosen) {
  const canvas = el('canvas', { class: 'timeline', role: 'img', 'aria-label': timelineText() })
  const end = Math.max(1, ...rows.map((r) => r.at + r.ms))
  const slowest = Math.max(1, ...rows.map((r) => r.ms))
  const drawn = document.createElement('canvas') // all but the cursor: thousands of lines are drawn once, not for every move
  const draw = () => {
    const width = canvas.clientWidth
    const height = canvas.clientHeight
    if (!width) return
    const dense = window.devicePixelRatio || 1
    drawn.width = canvas.width = width * dense
    drawn.height = canvas.height = height * dense
    const pen = drawn.getContext('2d')
    pen.scale(dense, dense)
    const style = getComputedStyle(canvas)
    const colour = (name) => style.getPropertyValue(name).trim()
    const colours = { '': colour('--tick'), note: colour('--tick'), failure: colour('--failed'), warning: colour('--errored'), known: colour('--known'), silent: colour('--failed') }
    const visible = new Set(canvas.visible || rows)
    // What was found is drawn last: thousands of others would hide it.
    const faint = Math.min(0.65, Math.max(0.2, width / rows.length))
    for (const important of [false, true]) {
      for (const row of rows) {
        if (Boolean(row.level) !== important) continue
        const x = (Math.max(row.at, 0) / end) * (width - 3)
        const tall = 6 + (height - 8) * (Math.log1p(row.ms) / Math.log1p(slowest))
        pen.globalAlpha = visible.has(row) ? (important ? 1 : faint) : 0.08
        pen.fillStyle = colours[row.level]
        pen.fillRect(x, height - tall, Math.max(1.5, (row.ms / end) * width), tall)
      }
    }
    cursor()
  }
  const cursor = () => {
    const pen = canvas.getContext('2d')
    const dense = window.devicePixelRatio || 1
    pen.clearRect(0, 0, canvas.width, canvas.height)
    if (drawn.width) pen.drawImage(drawn, 0, 0)
    if (canvas.current) {
      pen.fillStyle = getComputedStyle(canvas).getPropertyValue('--accent').trim()
      pen.fillRect(((Math.max(canvas.current.at, 0) / end) * (canvas.clientWidth - 3) - 1) * dense, 0, 3 * dense, canvas.height)
    }
  }
  canvas.addEventListener('click', (event) => {
    const at = (event.offsetX / canvas.clientWidth) * end
    const near = (canvas.visible || rows).reduce((best, row) => (!best || Math.abs(row.at - at) < Math.abs(best.at - at) ? row : best), null)
    if (near) chosen(near)
  })
  new ResizeObserver(draw).observe(canvas)
  canvas.redraw = draw
  canvas.cursor = cursor
  return canvas
}

const timelineEnds = () => el('p', { class: 'ends quiet', 'aria-hidden': 'true' }, el('span', {}, '0 s'), el('span', {}, took(Math.max(1, ...rows.map((r) => r.at + r.ms)))))

function timelineText() {
  const found = rows.filter((r) => r.findings.length).length
  return `Timeline of ${plural(rows.length, 'exchange')}, ${found} of them with findings`
}
