// The shell: navigation, the choice of contract and sandbox, the clock, the theme, and the router. Addresses are
// #/CONTRACT[~SANDBOX]/PAGE/path…?query; see ui.js for what pages are given.
import { api, worldOf, onTokenNeeded, useToken, left } from './api.js'
import { h, fill, icon, button, select, field, input, dialog, problem, toast, announce, attempt, useClock, loading, empty } from './ui.js'
import { pages, groups } from './pages/index.js'

const shell = { contracts: [], sandboxes: [], contract: null, sandbox: '', version: null, clock: null, page: null, leave: null, keys: [] }

// ---- addresses

function parse(hash) {
  const [path, query = ''] = hash.replace(/^#\/?/, '').split('?')
  const parts = path.split('/').map(decode)
  const [world = '', page = '', ...rest] = parts
  const tilde = world.lastIndexOf('~')
  return { contract: tilde < 0 ? world : world.slice(0, tilde), sandbox: tilde < 0 ? '' : world.slice(tilde + 1), page, path: rest, query: new URLSearchParams(query) }
}

const decode = (text) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function address(contract, sandbox, page, path, query) {
  const world = contract + (sandbox ? `~${sandbox}` : '')
  const text = new URLSearchParams(Object.entries(query || {}).filter(([, v]) => v !== undefined && v !== null && v !== '')).toString()
  return `#/${[world, page, ...path].map((part) => encodeURIComponent(part)).join('/')}${text ? `?${text}` : ''}`
}

function link(page, ...path) {
  const last = path.at(-1)
  const query = last && typeof last === 'object' ? path.pop().query : null
  return address(shell.contract?.name || '', shell.sandbox, page, path, query)
}

const go = (...where) => {
  const to = link(...where)
  if (to === location.hash) route()
  else location.hash = to
}

// ---- the token

/** Takes the token out of a link such as /console/#token=…, so that it does not stay in the address. */
function tokenFromLink() {
  const m = /^#(?:.*[?&])?token=([^&]+)/.exec(location.hash)
  if (!m) return
  useToken(decode(m[1]))
  history.replaceState(null, '', location.pathname)
}

onTokenNeeded(async (refused) => {
  const box = input({ type: 'password', required: true, autocomplete: 'off', autofocus: true })
  return dialog({
    title: 'Token of the management API', required: true, cancel: '',
    body: [
      h('p', {}, refused ? 'This is not the token of this stand-in. ' : 'This stand-in asks for its token. ', 'It printed it when it started, and the ready file holds it.'),
      field('Token', box, { hint: 'It is kept until this tab is closed.' }),
    ],
    actions: [{ label: 'Go on', act: () => box.value.trim() || undefined }],
  })
})

// ---- theme

const themes = { '': ['system', 'as the system'], light: ['sun', 'light'], dark: ['moon', 'dark'] }

function themeButton() {
  const of = () => document.documentElement.dataset.theme || ''
  const e = button('Theme', { bare: true, kind: 'quiet' })
  const show = () => {
    const [picture, words] = themes[of()]
    fill(e, icon(picture))
    e.setAttribute('aria-label', `Theme: ${words}`)
    e.title = `Theme: ${words}`
  }
  e.addEventListener('click', () => {
    const names = Object.keys(themes)
    const next = names[(names.indexOf(of()) + 1) % names.length]
    if (next) document.documentElement.dataset.theme = next
    else delete document.documentElement.dataset.theme
    try {
      if (next) localStorage.setItem('understudy-theme', next)
      else localStorage.removeItem('understudy-theme')
    } catch {} // it holds for this page
    show()
    announce(e.title)
  })
  show()
  return e
}

// ---- the clock

const clockFace = h('span', { class: 'clock-face' }, '')
const clockNote = h('span', { class: 'muted' }, '')
let clockRead = 0

async function readClock() {
  if (!shell.contract && shell.contracts.length) return
  const world = shell.contract ? worldOf(shell.contract.name, shell.sandbox) : api
  shell.clock = await world.get('/clock')
  clockRead = performance.now()
  tick()
}

function now() {
  if (!shell.clock) return new Date()
  return new Date(new Date(shell.clock.now).getTime() + (performance.now() - clockRead) * shell.clock.rate)
}
useClock(now)

function tick() {
  if (!shell.clock) return
  const text = now().toISOString()
  clockFace.textContent = text.slice(11, 19)
  const { frozen, rate } = shell.clock
  const apart = Math.abs(now() - Date.now()) > 5000
  clockNote.textContent = `${text.slice(0, 10)} UTC${frozen ? ' · frozen' : rate !== 1 ? ` · ${rate}×` : apart ? ' · moved' : ''}`
}

// ---- navigation

const nav = h('nav', { class: 'nav', 'aria-label': 'Pages' })
const main = h('main', { id: 'main', tabindex: '-1' })
const worldBox = h('div', { class: 'world' })
const versionLine = h('p', { class: 'muted version' })

function frame() {
  const menu = button('Menu', { icon: 'menu', bare: true, kind: 'quiet', onclick: () => open(!document.body.classList.contains('nav-open')) })
  menu.setAttribute('aria-controls', 'sidebar')
  menu.setAttribute('aria-expanded', 'false')
  menu.classList.add('menu')
  const open = (yes) => {
    document.body.classList.toggle('nav-open', yes)
    menu.setAttribute('aria-expanded', String(yes))
  }
  nav.addEventListener('click', (event) => event.target.closest('a') && open(false))
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && document.body.classList.contains('nav-open')) {
      open(false)
      menu.focus()
    }
  })
  fill(document.getElementById('app'),
    h('header', { class: 'topbar' }, menu, h('a', { class: 'brand', href: './' }, h('img', { src: 'icon.svg', alt: '', width: '22', height: '22' }), 'Understudy')),
    h('div', { class: 'sidebar', id: 'sidebar' },
      h('a', { class: 'brand', href: './' }, h('img', { src: 'icon.svg', alt: '', width: '22', height: '22' }), 'Understudy'),
      worldBox, nav,
      h('div', { class: 'foot' },
        h('a', { class: 'clock', href: '#', id: 'clock-link', title: 'The clock of the stand-in', onclick: (event) => { event.preventDefault(); go(pages.some((p) => p.id === 'clock') ? 'clock' : 'overview') } }, clockFace, clockNote),
        h('div', { class: 'foot-row' }, versionLine, button('Keys and help', { icon: 'help', bare: true, kind: 'quiet', onclick: help }), themeButton()))),
    h('div', { class: 'scrim', onclick: () => open(false) }),
    main)
  document.getElementById('skip').addEventListener('click', (event) => {
    event.preventDefault()
    main.focus()
  })
}

function drawNavigation() {
  fill(nav, groups.map((group) => {
    const list = pages.filter((p) => p.group === group)
    return list.length > 0 && h('div', { class: 'nav-group' }, h('h2', {}, group),
      h('ul', {}, list.map((p) => h('li', {}, h('a', { href: link(p.id), 'aria-current': shell.page?.id === p.id ? 'page' : null }, icon(p.icon), p.title)))))
  }))
}

function drawWorld() {
  const { contract, contracts, sandbox, sandboxes } = shell
  if (!contract) return fill(worldBox)
  const of = (c, box) => address(c, box, shell.page?.id || 'overview', [], null)
  const contractBox = select(contracts.map((c) => [c.name, c.name]), { value: contract.name, onchange: (event) => (location.hash = of(event.target.value, '')) })
  const names = sandboxes.map((s) => s.name)
  if (sandbox && !names.includes(sandbox)) names.push(sandbox)
  const box = select([['', 'main'], ...names.map((name) => [name, name])], { value: sandbox, onchange: (event) => (location.hash = of(contract.name, event.target.value)) })
  fill(worldBox, field('Contract', contractBox), field('World', box))
}

async function readSandboxes() {
  const { contract } = shell
  if (!contract) return
  const { sandboxes } = await worldOf(contract.name, '').get('/sandboxes', { query: { limit: 1000 } })
  if (contract !== shell.contract) return
  shell.sandboxes = sandboxes
  drawWorld()
}

// ---- the router

async function route() {
  const at = parse(location.hash)
  const contract = shell.contracts.find((c) => c.name === at.contract) || shell.contracts[0] || null
  const page = pages.find((p) => p.id === at.page) || pages[0]
  const sandbox = contract && contract.name === at.contract ? at.sandbox : ''
  if (!at.page || !contract || contract.name !== at.contract) {
    history.replaceState(null, '', address(contract?.name || '', sandbox, page.id, [], null))
  }
  const moved = contract !== shell.contract || sandbox !== shell.sandbox
  shell.leave?.abort()
  const leave = (shell.leave = new AbortController())
  const again = page === shell.page && !moved
  Object.assign(shell, { contract, sandbox, page, keys: [] })
  drawNavigation()
  if (moved) {
    drawWorld()
    attempt(readSandboxes)
    attempt(readClock)
  }
  document.title = `${page.title} · ${contract ? `${contract.name} · ` : ''}Understudy`
  const context = contextOf(at, leave.signal)
  const root = h('div', { class: `page page-${page.id}` })
  const waiting = setTimeout(() => leave.signal.aborted || main.contains(root) || fill(main, loading(page.title)), 250)
  try {
    if (!contract) {
      fill(main, empty('No contract is served', 'Start the stand-in with the name of one, or with a file.', 'understudy serve ecoevents'))
      return
    }
    await page.render(root, context)
  } catch (error) {
    if (left(error) || leave.signal.aborted) return
    root.append(problem(error))
    if (error.code === 'sandbox_not_found') root.append(h('p', {}, h('a', { href: address(contract.name, '', page.id, [], null) }, 'Go to the contract’s own world')))
    console.info(error)
  } finally {
    clearTimeout(waiting)
  }
  if (leave.signal.aborted) return
  if (contract) fill(main, root)
  if (!again) {
    scrollTo(0, 0)
    announce(page.title)
    if (shell.shown) main.querySelector('h1')?.focus({ preventScroll: true })
  }
  shell.shown = true
}

function contextOf(at, signal) {
  const { contract, contracts, sandbox } = shell
  return {
    contract, contracts, sandbox, api, signal, world: worldOf(contract?.name || '', sandbox), version: shell.version,
    path: at.path, query: at.query, link, go, now, clock: () => shell.clock, clockMoved: readClock, worldsChanged: readSandboxes,
    sandboxes: () => shell.sandboxes,
    reload: () => signal.aborted || route(),
    run: (promise) => Promise.resolve(promise).catch((error) => left(error) || signal.aborted || toast(error.message, 'bad')),
    setQuery(values) {
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined || value === null || value === '') at.query.delete(name)
        else at.query.set(name, value)
      }
      history.replaceState(null, '', link(shell.page.id, ...at.path, { query: Object.fromEntries(at.query) }))
    },
    setPath(...path) {
      at.path.splice(0, at.path.length, ...path)
      history.replaceState(null, '', link(shell.page.id, ...path, { query: Object.fromEntries(at.query) }))
    },
    every(ms, act) {
      const timer = setInterval(() => document.hidden || act(), ms)
      signal.addEventListener('abort', () => clearInterval(timer))
    },
    shortcut: (key, what, act) => shell.keys.push({ key, what, act }),
  }
}

// ---- keys

const jumps = () => {
  const taken = new Map()
  for (const p of pages) {
    const letter = [...(p.key || ''), ...p.title.toLowerCase().replace(/[^a-z]/g, '')].find((c) => !taken.has(c))
    if (letter) taken.set(letter, p)
  }
  return taken
}

let pending = 0

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
  if (event.target.closest?.('input, textarea, select, [contenteditable]') || document.querySelector('dialog[open]')) return
  const { key } = event
  if (pending && performance.now() - pending < 1200) {
    pending = 0
    const page = jumps().get(key)
    if (page) {
      event.preventDefault()
      go(page.id)
    }
    return
  }
  const own = shell.keys.find((k) => k.key === key)
  if (own) {
    event.preventDefault()
    attempt(own.act)
  } else if (key === 'g') pending = performance.now()
  else if (key === '?') help()
  else if (key === '/') {
    const box = document.querySelector('[data-search]')
    if (box) {
      event.preventDefault()
      box.focus()
      box.select()
    }
  }
})

function help() {
  const keys = (list) => h('dl', { class: 'keys' }, list.map(([key, what]) => h('div', {}, h('dt', {}, key.split(' ').map((k) => h('kbd', {}, k))), h('dd', {}, what))))
  dialog({
    title: 'Keys', cancel: 'Close',
    body: h('div', { class: 'help' },
      h('section', {}, h('h3', {}, 'Everywhere'), keys([['/', 'search this page'], ['?', 'this list'], ['Esc', 'close what is open']])),
      shell.keys.length > 0 && h('section', {}, h('h3', {}, shell.page.title), keys(shell.keys.map((k) => [k.key, k.what]))),
      h('section', {}, h('h3', {}, 'Go to'), keys([...jumps()].map(([letter, p]) => [`g ${letter}`, p.title]))),
      h('section', {}, h('h3', {}, 'The same on the command line'), h('p', {}, h('code', {}, 'understudy control --help'), ' lists it.'))),
  })
}

// ---- the start

async function start() {
  tokenFromLink()
  frame()
  fill(main, loading('Asking the stand-in'))
  try {
    ;[{ contracts: shell.contracts }, shell.version] = await Promise.all([api.get('/contracts'), api.get('/version')])
  } catch (error) {
    fill(main, problem(error), button('Try again', { onclick: start }))
    return
  }
  versionLine.textContent = shell.version.version
  versionLine.title = `Version ${shell.version.version}, seed ${shell.version.seed}`
  addEventListener('hashchange', route)
  setInterval(tick, 250)
  setInterval(() => document.hidden || readClock().catch(() => {}), 10000)
  document.addEventListener('visibilitychange', () => document.hidden || readClock().catch(() => {}))
  await route()
}

start()
