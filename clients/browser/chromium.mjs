// The browser of the tests: Chromium without a window, and pictures of what it shows.
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'

/** Where the pictures go; the environment may name a folder that is kept. */
const pictures = process.env.UNDERSTUDY_SCREENSHOTS || (await mkdtemp(join(tmpdir(), 'understudy-screenshots-')))
await mkdir(pictures, { recursive: true })

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
export function chromium() {
  return puppeteer.launch({ executablePath: program(), args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/**
 * Opens a page in a browser profile of its own, until the test has ended. The test fails when a page asks for anything
 * outside this machine, breaks its own policy, or a script of it fails.
 */
export async function freshPage(t, browser) {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  await page.setViewport({ width: 1000, height: 800 })
  const wrong = []
  page.on('pageerror', (error) => wrong.push(`a script failed: ${error.message}`))
  page.on('console', (message) => {
    // That an address answers 4xx is said here too; the tests look at that themselves.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) wrong.push(message.text())
  })
  page.on('request', (request) => {
    const { protocol, hostname } = new URL(request.url())
    if (protocol.startsWith('http') && !['127.0.0.1', 'localhost'].includes(hostname)) wrong.push(`asked for ${request.url()}`)
  })
  t.after(async () => {
    await context.close()
    if (wrong.length) throw new Error(`the browser complained:\n${wrong.join('\n')}`)
  })
  return page
}

/** Presses a button and waits until the page that it leads to is there. */
export async function press(page, button) {
  const [response] = await Promise.all([page.waitForNavigation(), page.click(button)])
  return response
}

/** Takes a picture of the whole page as it is. */
export async function picture(page, name) {
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}

/**
 * Takes pictures of a page in light, in dark, and as wide as a telephone. It gives the widths, in pixels, that do not
 * fit: none, if the page is well made.
 */
export async function appearances(page, name) {
  const tooWide = []
  const look = async (variant) => {
    await picture(page, `${name}-${variant}`)
    const [width, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    if (width > room) tooWide.push(`${variant}: ${width} of ${room}`)
  }
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
  await look('light')
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
  await look('dark')
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
  await page.setViewport({ width: 380, height: 700 })
  await look('narrow')
  await page.setViewport({ width: 1000, height: 800 })
  return tooWide
}

/** Gives what a reader sees. */
export const text = (page) => page.evaluate(() => document.body.innerText)
