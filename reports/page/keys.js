// Keyboard, help and theme.

const shortcuts = () => [
  ['j, k', 'next, previous'],
  ['n, p', 'next, previous failure'],
  ['Enter', 'go to what is selected'],
  ['Esc', 'back to the list; in the search: clear it'],
  ['/', 'search'],
  [`1 to ${Object.keys(views).length}`, Object.values(views).join(', ').toLowerCase()],
  ['f', 'failures only'],
  ['c', 'clear the filter'],
  ['t', 'light, dark or as the system'],
  ['?', 'this help'],
]

function openHelp() {
  const dialog = byId('help')
  dialog.replaceChildren(el('h2', { id: 'help-title' }, 'Keys'), el('dl', { class: 'pairs' }, shortcuts().map(([keys, what]) => [el('dt', {}, keys.split(/(, | to )/).map((k, i) => (i % 2 ? k : el('kbd', {}, k)))), el('dd', {}, what)])),
    el('p', {}, el('button', { type: 'button', autofocus: true, on: { click: () => dialog.close() } }, 'Close')))
  dialog.showModal()
}

const themes = ['auto', 'light', 'dark']
const themeNames = { auto: 'as the system', light: 'light', dark: 'dark' }

// A page from a file may have no storage; then the choice holds for as long as the page does.
function storedTheme(value) {
  try {
    if (value !== undefined) localStorage.setItem('understudy-theme', value)
    return localStorage.getItem('understudy-theme')
  } catch {
    return null
  }
}

function setTheme(theme) {
  if (theme === 'auto') document.documentElement.removeAttribute('data-theme')
  else document.documentElement.setAttribute('data-theme', theme)
  const button = byId('theme')
  button.dataset.theme = theme
  button.textContent = { auto: '◐', light: '☀', dark: '☾' }[theme]
  button.setAttribute('aria-label', `Theme: ${themeNames[theme]}`)
  button.title = `Theme: ${themeNames[theme]} (t)`
  document.querySelector('canvas.timeline')?.redraw()
}

function nextTheme() {
  const theme = themes[(themes.indexOf(byId('theme').dataset.theme) + 1) % themes.length]
  storedTheme(theme)
  setTheme(theme)
  say(`Theme: ${themeNames[theme]}`)
}

function tools() {
  byId('tools').replaceChildren(
    el('button', { type: 'button', id: 'theme', class: 'icon', on: { click: nextTheme } }),
    el('button', { type: 'button', class: 'icon', 'aria-label': 'Keys', title: 'Keys (?)', on: { click: openHelp } }, '?'))
  const stored = storedTheme()
  setTheme(themes.includes(stored) ? stored : 'auto')
}

const writing = (target) => target.closest && target.closest('input, select, textarea, [contenteditable]')

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return
  if (writing(event.target)) {
    if (event.key === 'Escape') {
      if (event.target.id === 'search' && event.target.value) {
        event.target.value = ''
        set('text', '')
      } else list()?.box.focus()
      event.preventDefault()
    } else if (event.key === 'Enter' && event.target.id === 'search') {
      set('text', event.target.value)
      list()?.box.focus()
      if (list() && list().at < 0) list().move(1)
    }
    return
  }
  const act = {
    j: () => list()?.move(1), k: () => list()?.move(-1), n: () => nextBad(1), p: () => nextBad(-1), '/': () => byId('search')?.focus(), '?': openHelp, t: nextTheme, c: clearFilter,
    f: () => toggleOutcome('failed', true), Escape: () => leave(), ...Object.fromEntries(Object.keys(views).map((view, i) => [i + 1, () => go(view)])),
  }[event.key]
  if (act) {
    event.preventDefault()
    act()
  } else if (event.key === 'Enter' && event.target.getAttribute('role') === 'listbox') {
    event.preventDefault()
    byId('subject')?.focus()
  }
})
