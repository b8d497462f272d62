// State, sandboxes and the clock: what each page is for, done in a real browser against a real stand-in.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { chromium, complaints, looks, open, press, sees, seesNot, standIn, type, visit } from './harness.js'

const start = '2026-03-02T09:00:00Z'
const frozen = ['--clock', start]
const bearer = (text) => ({ headers: { Authorization: `Bearer ${text}` } })

/** Puts text into the JSON editor that is seen, as somebody who types it. */
async function write(page, text) {
  const box = await page.waitForSelector('dialog[open] .editor-text, main .editor-text')
  await box.evaluate((e, text) => {
    e.value = text
    e.dispatchEvent(new Event('input', { bubbles: true }))
  }, text)
}

describe('the console: world', { concurrency: 2 }, () => {
  let browser
  before(async () => (browser = await chromium()))
  after(() => browser?.close())

  test('state: an item is found, changed, read over the API, and gone', async (t) => {
    const stand = await standIn(t, 'ecosire', ...frozen)
    const contact = (id) => fetch(`${stand.base}/contacts/${id}`, bearer(stand.credential('API_KEY')))
    const page = await open(t, browser, stand, 'state')
    await sees(page, 'con_01HX8QK2V7', 'Amara', '4 items')
    await looks(page, 'state')
    await type(page, 'Search in ids and JSON', 'VOGEL')
    await sees(page, '1 item')
    await seesNot(page, 'Amara')
    await press(page, 'con_01HX8QNB4C')
    await sees(page, 'Elsewhere')

    await write(page, '{\n  "firstName": "Lena",\n  oops\n}')
    await sees(page, 'This is not JSON yet', 'Line 3', 'expected the name of a member')
    await write(page, '{\n  "id": "con_01HX8QNB4C",\n  "firstName": 7\n}')
    await press(page, 'Save')
    await sees(page, 'does not fit the schema', 'Line 3', '/firstName', 'wanted')
    await looks(page, 'state-refused')
    assert.equal((await (await contact('con_01HX8QNB4C')).json()).firstName, 'Lena', 'what was refused was kept')
    await write(page, JSON.stringify({ firstName: 'Leonie', lastName: 'Vogel', email: 'leonie@alpenrad.example' }))
    await page.keyboard.down('Control')
    await page.focus('.editor-text')
    await page.keyboard.press('Enter')
    await page.keyboard.up('Control')
    await sees(page, 'was saved')
    assert.equal((await (await contact('con_01HX8QNB4C')).json()).firstName, 'Leonie')
    await looks(page, 'state-item')

    await press(page, 'Delete')
    await press(page, 'Delete', 'dialog')
    await sees(page, '3 items')
    assert.equal((await contact('con_01HX8QNB4C')).status, 404)
    await press(page, 'Reset')
    await press(page, 'Reset', 'dialog')
    await sees(page, '4 items')
    assert.equal((await contact('con_01HX8QNB4C')).status, 200)
  })

  test('state: a new item, an empty collection, and pages of a long one', async (t) => {
    const stand = await standIn(t, 'ecosire', ...frozen)
    const page = await open(t, browser, stand, 'state', '/support')
    await sees(page, 'No support yet', "echo '{}' | understudy control state put /support -")
    await looks(page, 'state-empty')
    await visit(page, stand, 'state', '/contacts')
    await sees(page, 'con_01HX8QK2V7')
    await press(page, 'New item')
    await write(page, '{"firstName": "Ada", "email": "ada@byron.example"}')
    await press(page, 'Create', 'dialog')
    await sees(page, 'was created', 'Elsewhere')
    assert.equal((await stand.control('GET', 'state/items?collection=/contacts&text=ADA%40byron')).items[0]?.value.email, 'ada@byron.example')
    for (let i = 0; i < 60; i++) await stand.control('PUT', `state/item?collection=/contacts&id=con_${i}`, { email: `c${i}@example.com` })
    await visit(page, stand, 'state', '/contacts')
    await sees(page, '1–50 of 65 items')
    await press(page, 'Next')
    await sees(page, '51–65 of 65 items', 'con_59')
    assert.deepEqual(await complaints(page), [])
  })

  test('texts of items are shown as texts, in tables and in the editor', async (t) => {
    const stand = await standIn(t, 'ecosire')
    const nasty = `<img src=https://evil.example/p onerror=alert('item')><script>alert(1)</script>`
    await stand.control('PUT', 'state/item?collection=/contacts&id=con_%3Csvg%20onload%3Dalert(2)%3E', { firstName: nasty, lastName: '\u202eevil', email: 'evil@example.com', company: 'x'.repeat(120) })
    const page = await open(t, browser, stand, 'state', '/contacts')
    await sees(page, nasty, 'con_<svg onload=alert(2)>')
    await press(page, 'con_<svg onload=alert(2)>')
    await sees(page, 'Elsewhere')
    assert.equal(await page.$$eval('main img, main script, main iframe', (l) => l.length), 0)
    await looks(page, 'state-hostile')
  })

  test('sandboxes: one is made, looked into, and apart; snapshots bring a world back', async (t) => {
    const stand = await standIn(t, 'ecoevents', ...frozen)
    const page = await open(t, browser, stand, 'worlds')
    await sees(page, 'No sandboxes', 'understudy control sandbox create mine --key')
    await looks(page, 'sandboxes-empty')
    await press(page, 'New sandbox')
    await type(page, 'Name', 'checkout')
    await press(page, 'Make it')
    await sees(page, '/~sandbox/checkout', 'Understudy-Sandbox: checkout')
    const key = await page.locator('dialog code[aria-label=Key]').map((e) => e.textContent).wait()
    await looks(page, 'sandbox-made')
    await press(page, 'Look into it')
    await page.waitForFunction(() => location.hash.startsWith('#/ecoevents~checkout/overview'))
    stand.sandbox = 'checkout'
    await visit(page, stand, 'state', '/v1/vendors')
    await sees(page, '4 items')
    const one = await page.locator('tbody code').map((e) => e.textContent).wait()
    await press(page, one)
    await press(page, 'Delete')
    await press(page, 'Delete', 'dialog')
    await sees(page, '3 items')
    const list = async (text) => (await (await fetch(`${stand.base}/v1/vendors`, bearer(text))).json()).data.length
    assert.equal(await list(key), 3, 'the key of the sandbox leads elsewhere')
    assert.equal(await list(stand.credential('API_KEY')), 4, 'the sandbox shares its items with the contract')

    stand.sandbox = ''
    await visit(page, stand, 'worlds')
    await press(page, 'Save a snapshot')
    await type(page, 'Name', 'before')
    await press(page, 'Save', 'dialog')
    await sees(page, 'before holds')
    await stand.control('DELETE', `state/item?collection=/v1/vendors&id=${one}`)
    assert.equal(await list(stand.credential('API_KEY')), 3)
    await looks(page, 'sandboxes')
    await press(page, 'Restore', 'tr:nth-child(1)')
    await press(page, 'Restore', 'dialog')
    await sees(page, 'before is restored')
    assert.equal(await list(stand.credential('API_KEY')), 4)
    await press(page, 'Drop checkout')
    await press(page, 'Drop', 'dialog')
    await sees(page, 'No sandboxes')
  })

  test('clock: it is advanced, a token expires on the way, and is refused for that', async (t) => {
    const stand = await standIn(t, 'ecoevents', ...frozen)
    const token = await stand.control('POST', 'tokens', { class: 'access-token', user: 'usr_4m2k8p0q6r', lifetime: '90m' })
    const call = () => fetch(`${stand.base}/v1/events?limit=1`, bearer(token.text))
    assert.equal((await call()).status, 200)
    const page = await open(t, browser, stand, 'clock')
    await sees(page, '2026-03-02 09:00:00 UTC', 'stands still', 'Nothing was moved yet', `token ${token.id} expires`, 'in 2 h')
    await looks(page, 'clock-empty')
    await press(page, '+1 hour')
    await sees(page, '2026-03-02 10:00:00 UTC', '+1 hour')
    assert.equal((await call()).status, 200)
    await type(page, 'By', '30m')
    await press(page, 'Advance')
    await sees(page, '2026-03-02 10:30:00 UTC', `token ${token.id} expired`)
    const refused = await call()
    assert.equal(refused.status, 401)
    assert.match(JSON.stringify(await refused.json()), /expired/i)
    await looks(page, 'clock-moved')
    await visit(page, stand, 'identity')
    await sees(page, token.masked, 'expired')
    await visit(page, stand, 'clock')
    await sees(page, `token ${token.id} expired`)
    await press(page, 'Let it run')
    await sees(page, 'It runs in real time')
    await press(page, 'Freeze')
    await sees(page, 'It stands still')
    await page.evaluate(() => document.activeElement.blur())
    await page.keyboard.press('3')
    await sees(page, '2026-03-03 10:30')
    await press(page, 'Set it to an instant, or change its pace')
    await type(page, 'To', 'tomorrow')
    await press(page, 'Set')
    await sees(page, 'must be an instant')
  })
})

test('places of JSON: a second reader agrees on what is JSON', async () => {
  const source = await readFile(fileURLToPath(new URL('../../mock/console/static/parts/places.js', import.meta.url)), 'utf8')
  const { places, lineOf } = await import(`data:text/javascript,${encodeURIComponent(source)}`)
  for (const text of ['{}', '[]', ' {"a":[1,2,{"b":null}]} ', '"\\u00e9\\n"', '-0.5e+3', 'true', '[[],{}]', '{"a~b/c":1,"":2}', '', '{', '[1,]', '{"a":1,}', '{a:1}', "{'a':1}", '[1 2]', '01', '1.', '+1', 'nul', '"a\nb"', '"\\x"', '{"a":1}}', '// x', '[1,,2]', 'NaN', '{"a" 1}']) {
    let good = true, read = true
    try {
      JSON.parse(text)
    } catch {
      good = false
    }
    try {
      places(text)
    } catch (error) {
      assert.ok(error.at >= 0 && error.at <= text.length, `${text}: the place ${error.at}`)
      read = false
    }
    assert.equal(read, good, text)
  }
  const text = '{\n  "a~b/c": [1,\n   {"d": 2}]\n}'
  assert.deepEqual([...places(text)].map(([pointer, at]) => `${pointer} ${lineOf(text, at).line}`), [' 1', '/a~0b~1c 2', '/a~0b~1c/0 2', '/a~0b~1c/1 3', '/a~0b~1c/1/d 3'])
  assert.throws(() => places('['.repeat(2000)), /nested too deeply/)
})
