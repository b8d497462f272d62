// EckoSpace's social login: to the fake Google, back with a session, and calls with its cookie.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { standIn } from '../standin.mjs'
import { chromium, freshPage, picture, appearances, press, text } from './chromium.mjs'

const start = '/social-login/redirect/google'

/** Calls an operation from a script of the page, which sends the cookies of its origin. */
const call = (page, method, path, { headers = {}, body, credentials = 'same-origin' } = {}) =>
  page.evaluate(
    async (method, path, headers, body, credentials) => {
      const response = await fetch(path, { method, headers: { 'Content-Type': 'application/json', ...headers }, body, credentials })
      return { status: response.status, body: await response.json() }
    },
    method,
    path,
    headers,
    body && JSON.stringify(body),
    credentials,
  )

/** Gives the cookies of a page's browser by their names. */
const cookies = async (page) => Object.fromEntries((await page.browserContext().cookies()).map((cookie) => [cookie.name, cookie]))

describe('the social login', { concurrency: 2 }, () => {
  let browser
  before(async () => (browser = await chromium()))
  after(() => browser.close())

  test('approved: a session that the operations believe', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const page = await freshPage(t, browser)
    await page.goto(stand.origin + start)
    assert.equal(new URL(page.url()).pathname, '/o/oauth2/v2/auth')
    const shown = await text(page)
    for (const words of ['your account at Google', 'Ines Duarte', 'bram.visser@eckospace.example', 'Know who you are', 'Read your e-mail address']) {
      assert.ok(shown.includes(words), words)
    }
    assert.deepEqual(await appearances(page, 'google-login'), [])

    await page.click('input[value="12"]')
    await picture(page, 'google-login-chosen')
    await press(page, 'button[value="approve"]')
    assert.equal(page.url(), `${stand.origin}/home`)

    const kept = await cookies(page)
    assert.equal(kept.eckospace_session.httpOnly, true)
    assert.equal(kept.eckospace_session.sameSite, 'Lax')
    assert.equal(kept['XSRF-TOKEN'].httpOnly, false)
    assert.ok(!(await page.evaluate(() => document.cookie)).includes('eckospace_session'), 'scripts must not see the session')

    assert.equal((await call(page, 'GET', '/api/posts')).status, 200)
    const body = { title: 'Spare bricks', body: 'About two hundred, yellow.' }
    const without = await call(page, 'POST', '/api/posts', { body })
    assert.equal(without.status, 419)
    assert.equal(without.body.message, 'CSRF token mismatch.')
    const guessed = await call(page, 'POST', '/api/posts', { body, headers: { 'X-XSRF-TOKEN': 'guessed' } })
    assert.equal(guessed.status, 419)
    const token = await page.evaluate(() => document.cookie.match(/XSRF-TOKEN=([^;]*)/)[1])
    const made = await call(page, 'POST', '/api/posts', { body, headers: { 'X-XSRF-TOKEN': token } })
    assert.equal(made.status, 201)
    assert.equal((await call(page, 'GET', `/api/posts/${made.body.data.id}`)).status, 200)
    assert.equal((await call(page, 'GET', '/api/posts', { credentials: 'omit' })).status, 401)
  })

  test('again, in the same browser: no page, another session', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const page = await freshPage(t, browser)
    await page.goto(stand.origin + start)
    await press(page, 'button[value="approve"]')
    const first = (await cookies(page)).eckospace_session.value
    await page.goto(stand.origin + start)
    assert.equal(page.url(), `${stand.origin}/home`)
    assert.notEqual((await cookies(page)).eckospace_session.value, first)
    assert.equal((await call(page, 'GET', '/api/posts')).status, 200)
  })

  test('denied: back to the login, without a session', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const page = await freshPage(t, browser)
    await page.goto(stand.origin + start)
    await press(page, 'button[value="deny"]')
    assert.equal(page.url(), `${stand.origin}/login?error=access_denied`)
    assert.equal((await cookies(page)).eckospace_session, undefined)
    assert.equal((await call(page, 'GET', '/api/posts')).status, 401)
  })

  test('by keyboard alone', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const page = await freshPage(t, browser)
    await page.goto(stand.origin + start)
    await page.keyboard.press('Tab') // to the users
    await page.keyboard.press('ArrowDown') // to the second one
    assert.equal(await page.$eval('input[name="user"]:checked', (input) => input.value), '12')
    await picture(page, 'google-login-focus')
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate(() => document.activeElement.value), 'approve')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    assert.equal(page.url(), `${stand.origin}/home`)
  })

  test('a return that nobody began opens no session', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const page = await freshPage(t, browser)
    await page.goto(stand.origin + start)
    const [request] = await Promise.all([
      page.waitForRequest((request) => new URL(request.url()).pathname === '/social-login/callback/google'),
      press(page, 'button[value="approve"]'),
    ])
    const stranger = await freshPage(t, browser)
    const response = await stranger.goto(request.url())
    assert.equal(response.status(), 403)
    assert.equal((await cookies(stranger)).eckospace_session, undefined)
  })
})
