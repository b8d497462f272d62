// The pages that are looked at, and the browser in which.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import puppeteer from 'puppeteer-core'

const here = dirname(fileURLToPath(import.meta.url))
const pictures = process.env.UNDERSTUDY_SCREENSHOTS || (await mkdtemp(join(tmpdir(), 'understudy-screenshots-')))
await mkdir(pictures, { recursive: true })

/** Writes the pages with the test of the house that makes them; the environment may name a folder that has them already. */
export async function pagesFolder() {
  if (process.env.UNDERSTUDY_PAGES) return process.env.UNDERSTUDY_PAGES
  const folder = await mkdtemp(join(tmpdir(), 'understudy-pages-'))
  execFileSync('go', ['test', './reports', '-count=1', '-run', '^TestPages$', '-pages', folder], { cwd: join(here, '..', '..'), stdio: ['ignore', 'pipe', 'inherit'] })
  return folder
}

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

/** Opens a tab until the test has ended. The test fails when the page writes an error, a script fails, or anything leaves the file. */
export async function tab(t, browser) {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.setViewport({ width: 1360, height: 900 })
  const wrong = []
  page.on('pageerror', (error) => wrong.push(`a script failed: ${error.message}`))
  page.on('console', (message) => ['error', 'warning', 'warn'].includes(message.type()) && wrong.push(message.text()))
  page.on('request', (request) => !/^(file|data|about):/.test(request.url()) && wrong.push(`asked for ${request.url()}`))
  page.on('dialog', (dialog) => {
    wrong.push(`a text of the deployment was run: ${dialog.message()}`)
    dialog.dismiss()
  })
  t.after(async () => {
    await context.close()
    if (wrong.length) throw new Error(`the browser complained:\n${wrong.join('\n')}`)
  })
  return page
}

/** Opens a page at an address within it, and gives how many milliseconds it took until it could be used. */
export async function open(page, folder, name, hash = '') {
  await page.goto('about:blank') // another address within the same page would not load it anew
  const begin = performance.now()
  await page.goto(pathToFileURL(join(folder, `${name}.html`)).href + hash)
  await page.waitForSelector('html[data-ready]')
  return Math.round(performance.now() - begin)
}

export const picture = (page, name) => page.screenshot({ path: join(pictures, `report-${name}.png`) })

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** Gives what axe finds wrong, each with the first places; all impacts, not only the serious ones. */
export async function complaints(page) {
  await page.evaluate(axe)
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))
  return found.violations.map((v) => `${v.impact}: ${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`)
}

export const theme = (page, value) => page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
export const found = (page) => page.$eval('#found', (e) => e.textContent)
export const waitFound = (page, pattern) => page.waitForFunction((p) => new RegExp(p).test(document.getElementById('found').textContent), {}, pattern)
