// Swagger UI, as the management API serves it: a reader gets a token at the stand-in's own identity provider and sends an operation.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { standIn, testdata } from '../standin.mjs'
import { chromium, freshPage, picture, press } from './chromium.mjs'

describe('the page to try operations', () => {
  let browser
  before(async () => (browser = await chromium()))
  after(() => browser.close())

  /** Opens the page of a document that no vendor wrote, in OpenAPI 3.2, and its list of what to be authorized for. */
  const begin = async (t) => {
    const stand = await standIn(t, testdata('ferry.yaml'))
    const page = await freshPage(t, browser)
    await page.goto(`${stand.management.url}/contracts/${stand.name}/page`)
    await (await page.waitForSelector('.btn.authorize')).evaluate((e) => e.click())
    const form = await page.waitForSelector('.auth-container')
    assert.match(await form.evaluate((e) => e.innerText), /authorizationCode with PKCE/)
    const credential = (name) => Object.entries(stand.credentials).find(([key]) => key.endsWith(name))[1]
    const put = async (field, text) => (await form.$(`input[id^="${field}"]`)).type(text)
    await put('client_id', credential('CLIENT_ID'))
    await put('client_secret', credential('CLIENT_SECRET'))
    for (const scope of await form.$$('.scopes input[type=checkbox]')) await scope.evaluate((e) => e.click())
    return { stand, page, form }
  }

  /** Presses Authorize, and a button of the window that it opens; gives what that window ends with. */
  const authorize = async (page, form, button) => {
    const opened = new Promise((done) => page.once('popup', done))
    await (await form.$('button.authorize')).evaluate((e) => e.click())
    const login = await opened
    await login.waitForSelector(button)
    const closed = new Promise((done) => login.once('close', done))
    await Promise.all([closed, login.click(button)])
  }

  test('a token by the authorization code, and an operation with it', async (t) => {
    const { page, form, stand } = await begin(t)
    await authorize(page, form, 'button[value="approve"]')
    await page.waitForFunction(() => /Authorized/.test(document.querySelector('.auth-container').innerText))
    await page.evaluate(() => document.querySelector('.close-modal').click())
    await page.evaluate(() => document.querySelector('#operations-default-listSailings button').click())
    await (await page.waitForSelector('.execute')).evaluate((e) => e.click())
    const status = await page.waitForSelector('.live-responses-table tbody .response-col_status')
    assert.match(await status.evaluate((e) => e.innerText), /^200/)
    await picture(page, 'swagger-ui')
    const { entries } = await stand.control('GET', '/journal?operation=listSailings&method=GET')
    assert.equal(entries.length, 1)
  })

  test('refused: the page says why', async (t) => {
    const { page, form } = await begin(t)
    await authorize(page, form, 'button[value="deny"]')
    await page.waitForFunction(() => /access_denied/.test(document.querySelector('.errors-wrapper')?.innerText))
  })

  test('the address to come back to, opened by nobody', async (t) => {
    const stand = await standIn(t, testdata('ferry.yaml'))
    const page = await freshPage(t, browser)
    await page.goto(`${stand.management.url}/contracts/${stand.name}/page/oauth2-redirect.html?code=a&state=b`)
    assert.match(await page.evaluate(() => document.body.innerText), /No page to try operations waits/)
  })
})
