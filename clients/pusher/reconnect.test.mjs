// A connection that is cut, and a server that lets nobody in for a while. The client's long waits are made short here, and
// written down: how long they were meant to be is what the test looks at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { standIn } from '../standin.mjs'
import { connect, connected, happens, join, server } from './connection.mjs'
import { logIn } from './session.mjs'

/** Divides the waits of five seconds and more by a hundred, and lists them, until stop is called. */
function hurry() {
  const real = globalThis.setTimeout
  const waits = []
  globalThis.setTimeout = (f, wait, ...rest) => {
    if (wait >= 5000) waits.push(wait)
    return real(f, wait >= 5000 ? wait / 100 : wait, ...rest)
  }
  return { waits, stop: () => (globalThis.setTimeout = real) }
}

test('cut: the client waits longer each time, comes back and subscribes again', async (t) => {
  const stand = await standIn(t, 'eckospace')
  const client = connect(t, stand, { session: await logIn(stand, '7') })
  const channel = await join(client, 'private-user.7')
  const first = client.connection.socket_id

  // While the module is off the endpoint is not there: the connection is cut, and no new one is made.
  const again = happens(channel, 'pusher:subscription_succeeded')
  const tries = hurry()
  t.after(tries.stop)
  await stand.control('PUT', 'modules/chat-notifications', { on: false })
  const waits = () => tries.waits.filter((wait) => [15_000, 30_000, 60_000, 120_000].includes(wait))
  for (const end = Date.now() + 15_000; waits().length < 12 && Date.now() < end; ) await new Promise((resolve) => setImmediate(resolve))
  assert.notEqual(client.connection.state, 'connected')
  assert.deepEqual([...new Set(waits())], [15_000, 30_000, 60_000]) // in the order in which they came up
  const back = connected(client)
  await stand.control('PUT', 'modules/chat-notifications', { on: true })
  await back
  tries.stop()
  await again

  assert.notEqual(client.connection.socket_id, first)
  const { entries } = await stand.control('GET', 'journal?limit=1000')
  const answers = entries.filter(({ request }) => new URL(request.url).pathname.startsWith('/app/')).map(({ response }) => response.status)
  assert.deepEqual([...new Set(answers)].sort(), [101, 404], `handshakes were answered with ${answers}`)
  assert.ok(answers.filter((status) => status === 404).length >= 3, `${answers}`)
  const heard = happens(channel, 'notification')
  await server(stand).trigger('private-user.7', 'notification', { text: 'Here again.' })
  assert.deepEqual(await heard, { text: 'Here again.' })
})

test('silence: the server asks, and the client answers', async (t) => {
  const stand = await standIn(t, 'eckospace', '--clock', '2026-03-01T12:00:00Z')
  const client = connect(t, stand)
  const channel = await join(client, 'news')
  const sent = []
  const send = client.connection.send_event
  client.connection.send_event = function (event, ...rest) {
    sent.push(event)
    return send.call(this, event, ...rest)
  }
  await stand.control('POST', 'clock', { advance: '61s' })
  const heard = happens(channel, 'tick') // it comes behind the ping
  await server(stand).trigger('news', 'tick', 1)
  await heard
  assert.deepEqual(sent, ['pusher:pong'])
  client.send_event('pusher:ping', {}) // its answer tells that the server has read the pong
  await happens(client.connection, 'message')
  await stand.control('POST', 'clock', { advance: '45s' })
  const next = happens(channel, 'tick')
  await server(stand).trigger('news', 'tick', 2)
  assert.equal(await next, 2)
})

test('a reset: the client comes back at once and subscribes again', async (t) => {
  const stand = await standIn(t, 'eckospace')
  const client = connect(t, stand)
  const channel = await join(client, 'news')
  const again = happens(channel, 'pusher:subscription_succeeded')
  await stand.control('POST', 'state/reset')
  await again
  assert.equal(client.connection.state, 'connected')
})
