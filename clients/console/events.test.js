// Events, endpoints, deliveries, signatures and the inbox: what each page is for, done in a real browser against a real stand-in.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { chromium, complaints, looks, open, press, sees, standIn, type, visit } from './harness.js'

const run = promisify(execFile)
const frozen = ['--clock', '2026-03-02T09:00:00Z']
const hostile = fileURLToPath(new URL('hostile-events.yaml', import.meta.url))
const nasty = "thing.<img src=x onerror=alert('event')>"

/** Puts text into the editor of the page. */
async function write(page, change) {
  const box = await page.waitForSelector('main .editor-text')
  const text = await box.evaluate((e) => e.value)
  await box.evaluate((e, text) => {
    e.value = text
    e.dispatchEvent(new Event('input', { bubbles: true }))
  }, change(text))
}

describe('the console: events', { concurrency: 2 }, () => {
  let browser
  before(async () => (browser = await chromium()))
  after(() => browser?.close())

  test('an event is changed, sent, and its attempts are seen', async (t) => {
    const stand = await standIn(t, 'ecosire', ...frozen)
    const page = await open(t, browser, stand, 'endpoints')
    await sees(page, 'Nobody hears anything yet')
    await looks(page, 'endpoints-empty')
    await press(page, 'Register the inbox')
    await sees(page, 'The endpoint is registered', 'STRIPE_WEBHOOK_SECRET')
    await looks(page, 'endpoint-made')
    await press(page, 'Done')
    await sees(page, 'Send it something', 'enabled')
    await looks(page, 'endpoint')
    await visit(page, stand, 'events')
    await sees(page, 'checkout.session.completed', 'invoice.paid')
    await press(page, 'invoice.paid')
    await sees(page, 'An invoice was paid.', 'documented')
    await write(page, (text) => text.replace('4900', '123456'))
    await looks(page, 'event')
    await stand.control('PUT', 'inbox/answers', { address: '/', answers: [{ status: 503, times: 1 }] })
    await press(page, 'Send')
    await sees(page, 'the receiver answered 503')
    await press(page, 'See the attempts')
    await sees(page, 'Attempt 1', '503', 'attempt 2 of', 'stripe-signature', '123456')
    await looks(page, 'delivery-pending')
    await press(page, 'Go to the next attempt')
    await sees(page, 'Attempt 2', 'the receiver took it with 204')
    await looks(page, 'delivery')
    await press(page, 'Replay')
    await sees(page, 'Replay of')
    await visit(page, stand, 'deliveries')
    await page.waitForFunction(() => document.querySelectorAll('.pick-list li').length === 2)
    await looks(page, 'deliveries')
    const { requests } = await stand.control('GET', 'inbox')
    assert.deepEqual(requests.map((r) => [r.status, r.verdict.good]), [[503, true], [204, true], [204, true]])
    assert.match(requests[0].request.body.text, /123456/)
  })

  test('a payload that breaks the document is refused beside the editor; the schema, the command and the log are there', async (t) => {
    const stand = await standIn(t, 'ecoevents', ...frozen)
    const page = await open(t, browser, stand, 'events', 'event.created')
    await write(page, (text) => text.replace('"hybrid"', '"telepathy"'))
    await press(page, 'Send')
    await sees(page, 'breaks the document', '/data/format', 'Line')
    await looks(page, 'event-refused')
    await press(page, 'The sample again')
    await press(page, 'Schema')
    await sees(page, 'timestamp', 'required')
    await press(page, 'data…', '.schema')
    await sees(page, 'sustainability', 'expectedAttendance')
    await looks(page, 'event-schema')
    await press(page, 'cURL')
    await sees(page, 'curl --globoff', 'webhook-signature')
    await press(page, 'Copy command', '.event')
    assert.equal((await run('sh', ['-c', `${await page.evaluate(() => navigator.clipboard.readText())} -s -o /dev/null -w '%{http_code}'`])).stdout, '204')
    await looks(page, 'event-curl')
    await visit(page, stand, 'inbox')
    await sees(page, 'good signature', 'standard-webhooks')
    await visit(page, stand, 'events', 'told')
    await sees(page, 'Nothing happened yet')
    await fetch(`${stand.base}/v1/vendors`, { headers: { Authorization: `Bearer ${stand.credential('API_KEY')}` } })
    await stand.control('POST', 'events', { type: 'vendor.updated' })
    await sees(page, 'vendor.updated', 'none')
    await looks(page, 'events-told')
  })

  test('inbox: what came is seen as it came, with a verdict on its signature, and answers are chosen', async (t) => {
    const stand = await standIn(t, 'ecosire', ...frozen)
    const page = await open(t, browser, stand, 'inbox')
    await sees(page, 'Nothing came yet', `${stand.management.url}/inbox/ecosire`)
    await looks(page, 'inbox-empty')
    await press(page, 'Answer otherwise')
    await type(page, 'Status', '503')
    await press(page, 'Answer so')
    await sees(page, 'answers as you said')
    const url = `${stand.management.url}/inbox/ecosire`
    assert.equal((await fetch(url, { method: 'POST', body: '<script>alert("inbox")</script>', headers: { 'X-Hostile': "<img src=x onerror=alert('header')>" } })).status, 503)
    await stand.control('POST', 'events', { type: 'invoice.paid', to: url, misbehaviour: [{ kind: 'wrong-secret' }] })
    await sees(page, 'not signed', 'mismatch')
    await page.click('.pick-list li:nth-child(1) a')
    await sees(page, 'The signature is not good', 'in_1ABCxyz')
    await looks(page, 'inbox')
    await page.click('.pick-list li:nth-child(2) a')
    await sees(page, 'It is not signed', '<script>alert("inbox")</script>')
    await press(page, 'Headers…', '.split-detail')
    await sees(page, "<img src=x onerror=alert('header')>")
    assert.deepEqual(await complaints(page), [])
    await press(page, 'Clear')
    await sees(page, 'Nothing came yet')
  })

  test('signatures: what is signed here is good here, and what is spoiled is told apart', async (t) => {
    const stand = await standIn(t, 'ecosire', ...frozen)
    const page = await open(t, browser, stand, 'signatures')
    await looks(page, 'signatures')
    await press(page, 'Sign')
    await sees(page, 'stripe-signature', 'curl -i')
    await press(page, 'Verify this')
    await sees(page, 'The signature is good', 'STRIPE_WEBHOOK_SECRET')
    await looks(page, 'signature-good')
    const cards = 'section.card:first-child'
    await type(page, 'Body', '{"hello":"World"}', cards)
    await press(page, 'Verify', cards)
    await sees(page, 'The signature does not fit')
    await press(page, 'Id, instant, and wrong on purpose')
    await type(page, 'Wrong on purpose', 'stale-timestamp')
    await press(page, 'Sign')
    await press(page, 'Verify this')
    await sees(page, 'The signature is too old')
    await looks(page, 'signature-bad')
    // A kind of its own, with a secret and a header: the known answer of GitHub's documentation.
    await type(page, 'Signed as', 'github', cards)
    await type(page, 'Secret', "It's a Secret to Everybody", cards)
    await type(page, 'Headers', 'X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17', cards)
    await type(page, 'Body', 'Hello, World!', cards)
    await press(page, 'Verify', cards)
    await sees(page, 'The signature is good')
  })

  test('texts of documents and payloads are shown as texts', async (t) => {
    const stand = await standIn(t, hostile, ...frozen)
    const page = await open(t, browser, stand, 'events', nasty)
    await sees(page, nasty, "<svg onload=alert('description')>")
    await press(page, 'Schema')
    await sees(page, "<b onclick=alert('member')>", '<iframe src=https://evil.example></iframe>')
    await press(page, 'of…', '.schema')
    await press(page, 'Payload')
    await press(page, 'Send')
    await sees(page, 'delivered')
    await press(page, 'See the attempts')
    await sees(page, "</script><script>alert('payload')</script>")
    await looks(page, 'delivery-hostile')
    await visit(page, stand, 'inbox')
    await page.click('.pick-list a')
    await sees(page, "</script><script>alert('payload')</script>")
    await visit(page, stand, 'events', 'told')
    await sees(page, nasty)
    assert.equal(await page.$$eval('main img, main iframe, main svg:not(.icon)', (l) => l.length), 0)
  })

  test('realtime: who is connected is seen, and told', async (t) => {
    const stand = await standIn(t, 'eckospace', ...frozen)
    const page = await open(t, browser, stand, 'realtime')
    await sees(page, 'Nobody is connected', stand.credential('REALTIME_KEY'))
    await looks(page, 'realtime-empty')
    const client = await connect(t, browser, stand)
    await client.until('pusher_internal:subscription_succeeded')
    await sees(page, 'orders')
    await press(page, 'Publish', 'tbody')
    await type(page, 'Event', 'payment.updated')
    await press(page, 'Publish', 'dialog')
    await sees(page, '1 connection was told')
    assert.equal((await client.until('payment.updated')).channel, 'orders')
    await looks(page, 'realtime')
    await press(page, 'Disconnect')
    await sees(page, 'Nobody is connected')
  })
})

/** A client of the realtime endpoint on the channel orders, in a tab of its own. */
async function connect(t, browser, stand) {
  const tab = await browser.newPage()
  t.after(() => tab.close())
  await tab.evaluate((url) => {
    window.seen = []
    const socket = new WebSocket(url)
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(data)
      window.seen.push(message)
      if (message.event === 'pusher:connection_established') socket.send(JSON.stringify({ event: 'pusher:subscribe', data: { channel: 'orders' } }))
    })
  }, `${stand.origin.replace('http', 'ws')}/app/${stand.credential('REALTIME_KEY')}?protocol=7`)
  const until = async (event) => (await tab.waitForFunction((event) => window.seen.find((m) => m.event === event), {}, event)).jsonValue()
  return { until }
}
