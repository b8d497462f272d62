// What the tests of the console share: a browser, a page of the console over a stand-in of the test's own, what axe finds, and
// pictures.
//
//   const stand = await standIn(t, 'ecoevents')                 // see ../standin.mjs; stand.control(method, path, body) asks the API
//   const page = await open(t, browser, stand, 'keys')          // #/ecoevents/keys; more of the path and a query may follow
//   await press(page, 'New key'); await type(page, 'Name', 'ci')   // buttons, links and fields by what a reader calls them
//   await sees(page, 'ci')                                      // waits until the page shows it
//   assert.deepEqual(await complaints(page), [])                // axe-core: serious and critical
//   await looks(page, 'keys')                                   // light, dark and 390 px, to out/console; axe in each, nothing too wide
//
// The test fails when the page logs an error, a script of it fails, a text of documents or requests is run (alert), or anything
// but the stand-in is asked. With CONSOLE_FILES=mock/console/static the pages come from that folder in place of the program, so that
// they can be worked on without building it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import puppeteer from 'puppeteer-core'

export { standIn, binary, testdata } from '../standin.mjs'

const pictures = process.env.UNDERSTUDY_SCREENSHOTS || fileURLToPath(new URL('../../out/console', import.meta.url))
await mkdir(pictures, { recursive: true })

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** How long a test waits for what has to come, in milliseconds. */
const patience = 30_000

/** Finds the program: Debian calls it chromium, others chromium-browser or google-chrome. */
function program() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim()
    } catch {} // the next one
  }
  throw new Error('there is no Chromium: install the package chromium, or name the program in CHROMIUM')
}

/** Starts the browser. Its sandbox does not work for root nor in most containers, and only pages of our own are opened. */
export const chromium = () => puppeteer.launch({ executablePath: program(), args: ['--no-sandbox', '--disable-dev-shm-usage'] })

/** Opens a tab in a profile of its own until the test has ended, and watches it. */
export async function tab(t, browser, stand) {
  const context = await browser.createBrowserContext()
  const origin = new URL(stand.management.url).origin
  await context.overridePermissions(origin, ['clipboard-read', 'clipboard-write', 'clipboard-sanitized-write'])
  const page = await context.newPage()
  page.setDefaultTimeout(patience)
  await page.setViewport({ width: 1360, height: 900 })
  const wrong = (page.wrong = [])
  page.on('pageerror', (error) => wrong.push(`a script failed: ${error.message}`))
  page.on('console', (message) => {
    // That an address answers 4xx is said here too; the tests look at that themselves.
    if (['error', 'warn', 'warning'].includes(message.type()) && !/Failed to load resource/.test(message.text())) wrong.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${origin}/`) && !/^(data|blob|about):/.test(url)) wrong.push(`asked for ${url}`)
  })
  page.on('dialog', (dialog) => {
    wrong.push(`a foreign text was run: ${dialog.message()}`)
    dialog.dismiss()
  })
  if (process.env.CONSOLE_FILES) await fromFolder(page, process.env.CONSOLE_FILES)
  t.after(async () => {
    await context.close()
    if (wrong.length) throw new Error(`the browser complained:\n${wrong.join('\n')}`)
  })
  return page
}

const mediaTypes = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' }

/** Answers for the pages from a folder, with the policy of the program. */
async function fromFolder(page, folder) {
  let policy
  await page.setRequestInterception(true)
  page.on('request', async (request) => {
    const url = new URL(request.url())
    if (!url.pathname.startsWith('/console/')) return request.continue()
    policy ||= (await fetch(new URL('/console/', url))).headers.get('Content-Security-Policy')
    const name = url.pathname.slice('/console/'.length) || 'index.html'
    try {
      const body = await readFile(join(folder, name))
      await request.respond({ status: 200, body, headers: { 'Content-Type': mediaTypes[extname(name)], 'Content-Security-Policy': policy, 'Cache-Control': 'no-store' } })
    } catch {
      await request.respond({ status: 404, body: 'no such file' })
    }
  })
}

/** Opens a page of the console in a tab of its own; where are the page's id, more of its path, and a query as an object at the end. */
export async function open(t, browser, stand, ...where) {
  const page = await tab(t, browser, stand)
  await page.goto(`${stand.management.url}/console/`)
  await page.waitForSelector('main h1, main .empty, dialog[open]').catch(async () => {
    throw new Error(`the console did not begin; it shows ${JSON.stringify(await shown(page))}, and the browser says ${page.wrong.join('; ') || 'nothing'}`)
  })
  if (where.length) await visit(page, stand, ...where)
  return page
}

/** Goes to a page of the console in the tab that is open. */
export async function visit(page, stand, ...where) {
  const query = typeof where.at(-1) === 'object' ? `?${new URLSearchParams(where.pop())}` : ''
  const world = stand.sandbox ? `${stand.name}~${stand.sandbox}` : stand.name
  const hash = `#/${[world, ...where].map(encodeURIComponent).join('/')}${query}`
  await page.evaluate((to) => (location.hash = to), hash)
  await page.waitForFunction((id) => document.querySelector(`main .page-${id} h1`), {}, where[0])
}

/** Presses the button, link or tab of a name: the whole name, or the beginning of it where it ends in "…". within is a CSS selector. */
export async function press(page, name, within = 'body') {
  for (let tries = 5; ; tries--) {
    const element = await find(page, within, name, 'button, a, [role="tab"], summary, label.check')
    try {
      await element.evaluate((e) => e.scrollIntoView({ block: 'center' }))
      await uncovered(page, element, name)
      return await element.click()
    } catch (error) {
      if (tries === 0 || !/detached|not clickable/.test(error.message)) throw error // the page was drawn anew meanwhile
    } finally {
      await element.dispose()
    }
  }
}

/** Waits until a press would meet the element: it has come to rest, and nothing lies over it. */
async function uncovered(page, element, name) {
  const handle = await page.waitForFunction(
    (e) => {
      if (!e.isConnected) return true // the press says so, and another is looked for
      const [{ left, top, width, height } = {}] = e.getClientRects()
      const [x, y] = [left + width / 2, top + height / 2]
      const was = e.lastRest
      e.lastRest = `${x} ${y}`
      if (was !== e.lastRest || !e.contains(document.elementFromPoint(x, y))) return false
      delete e.lastRest
      return true
    },
    { polling: 50 }, element,
  ).catch(() => {
    throw new Error(`something lies over what is called ${name}, or it does not come to rest`)
  })
  await handle.dispose()
}

async function find(page, within, name, selector) {
  const handle = await page.waitForFunction(
    (within, name, selector) => {
      const seen = (e) => e.checkVisibility({ checkVisibilityCSS: true }) && !e.closest('[inert]')
      const roots = [...document.querySelectorAll('dialog[open]')].slice(-1)
      for (const root of roots.length && within === 'body' ? roots : document.querySelectorAll(within)) {
        for (const e of root.querySelectorAll(selector)) {
          const own = (e.getAttribute('aria-label') || e.textContent).trim()
          if (seen(e) && (name.endsWith('…') ? own.startsWith(name.slice(0, -1)) : own === name)) return e
        }
      }
    },
    { polling: 50 }, within, name, selector,
  ).catch(() => {
    throw new Error(`the page shows nothing called ${name} to press`)
  })
  return handle.asElement()
}

/** Finds the control whose label has this text. */
export async function control(page, label, within = 'body') {
  const handle = await page.waitForFunction(
    (within, label) => {
      const roots = [...document.querySelectorAll('dialog[open]')].slice(-1)
      for (const root of roots.length && within === 'body' ? roots : document.querySelectorAll(within)) {
        for (const e of root.querySelectorAll('input, select, textarea')) {
          const names = [e.getAttribute('aria-label'), ...[...(e.labels || [])].map((l) => l.textContent)].map((n) => (n || '').replace(/ optional$/, '').trim())
          if (names.includes(label) && (e.checkVisibility() || e.type === 'checkbox')) return e
        }
      }
    },
    { polling: 50 }, within, label,
  ).catch(() => {
    throw new Error(`the page has no field called ${label}`)
  })
  return handle.asElement()
}

/** Puts text into a field in place of what is there, or chooses it in a chooser. */
export async function type(page, label, text, within) {
  const element = await control(page, label, within)
  await element.evaluate((e, text) => {
    e.focus()
    if (e.tagName === 'SELECT') {
      const option = [...e.options].find((o) => o.value === text || o.textContent === text)
      if (!option) throw new Error(`no choice ${text}; there are ${[...e.options].map((o) => o.textContent)}`)
      e.value = option.value
    } else e.value = text
    e.dispatchEvent(new Event('input', { bubbles: true }))
    e.dispatchEvent(new Event('change', { bubbles: true }))
  }, text)
}

/** Waits until the page shows a text, or all of several. */
export async function sees(page, ...texts) {
  for (const text of texts) {
    await page.waitForFunction((text) => document.body.innerText.includes(text), { polling: 50 }, text).catch(async () => {
      throw new Error(`the page does not show ${JSON.stringify(text)} but:\n${await shown(page)}`)
    })
  }
}

/** Waits until the page shows a text no longer. */
export const seesNot = (page, text) => page.waitForFunction((text) => !document.body.innerText.includes(text), { polling: 50 }, text)

/** What a reader sees. */
export const shown = (page) => page.evaluate(() => document.body.innerText)

/** What axe-core finds serious or critical on the page as it is: rule, element, and why. */
export async function complaints(page) {
  await page.evaluate(async () => {
    await new Promise(requestAnimationFrame)
    await Promise.all(document.getAnimations().filter((a) => a.effect.getTiming().iterations !== Infinity).map((a) => a.finished.catch(() => {})))
  })
  // The policy lets no script in; the browser's own tools may put one there.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.filter((v) => ['serious', 'critical'].includes(v.impact)).flatMap((v) => v.nodes.map((n) => `${v.id} at ${n.target}: ${n.failureSummary}`))
}

/** Shows the page in a theme and a width. */
export async function appearance(page, scheme, width = 1360) {
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }])
  await page.setViewport({ width, height: width < 800 ? 844 : 900 })
}

export const picture = (page, name, fullPage = true) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage })

/** Looks at the page as it is: in light and dark, wide and at 390 px. axe must find nothing serious, and nothing be too wide. */
export async function looks(page, name) {
  for (const [scheme, width, variant] of [['light', 1360, 'light'], ['dark', 1360, 'dark'], ['light', 390, 'narrow'], ['dark', 390, 'narrow-dark']]) {
    await appearance(page, scheme, width)
    assert.deepEqual(await complaints(page), [], `${name}, ${variant}`)
    if (variant !== 'narrow-dark') await picture(page, `${name}-${variant}`)
    const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    assert.ok(wide <= room, `${name}, ${variant}: ${wide} pixels wide where ${room} are`)
  }
  await appearance(page, 'light')
}
