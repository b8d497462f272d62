// EckoSpace's realtime endpoint, as the WebSocket client of Laravel Echo sees it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { standIn } from '../standin.mjs'
import { connect, connected, happens, join, server } from './connection.mjs'
import { logIn } from './session.mjs'

describe('realtime', () => {
  test('connect, and a public channel', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const client = connect(t, stand)
    await connected(client)
    assert.match(client.connection.socket_id, /^\d+\.\d+$/)
    const channel = await join(client, 'news')
    const heard = happens(channel, 'post.created')
    await server(stand).trigger('news', 'post.created', { id: 7, title: 'Spare bricks' })
    assert.deepEqual(await heard, { id: 7, title: 'Spare bricks' })
    channel.unbind()
    client.unsubscribe('news')
  })

  test('a private channel, signed for the session', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const client = connect(t, stand, { session: await logIn(stand, '7') })
    const channel = await join(client, 'private-user.7')
    const heard = happens(channel, 'notification')
    await server(stand).trigger('private-user.7', 'notification', { text: 'Bram mentioned you.' })
    assert.deepEqual(await heard, { text: 'Bram mentioned you.' })

    await assert.rejects(join(client, 'private-user.12'), /403 This action is unauthorized\./)
    const stranger = connect(t, stand, { session: { sign: (_, callback) => callback(null, { auth: `${stand.credential('REALTIME_KEY')}:${'0'.repeat(64)}` }) } })
    const refused = happens(stranger.connection, 'error')
    stranger.subscribe('private-user.7')
    assert.equal((await refused).data.code, 4009)
    assert.equal(stranger.connection.state, 'connected')
  })

  test('presence, and events of clients', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const [ines, bram] = [connect(t, stand, { session: await logIn(stand, '7') }), connect(t, stand, { session: await logIn(stand, '12') })]
    const room = await join(ines, 'presence-room')
    assert.equal(room.members.count, 1)
    assert.deepEqual(room.members.me, { id: '7', info: { id: '7', name: 'Ines Duarte' } })
    const added = happens(room, 'pusher:member_added')
    const same = await join(bram, 'presence-room')
    assert.equal(same.members.count, 2)
    assert.deepEqual((await added).info, { id: '12', name: 'Bram Visser' })
    assert.deepEqual(
      await (await server(stand).get({ path: '/channels/presence-room/users' })).json(),
      { users: [{ id: '7' }, { id: '12' }] },
    )

    const typing = new Promise((resolve) => room.bind('client-typing', (data, { user_id }) => resolve({ data, user_id })))
    assert.ok(same.trigger('client-typing', { at: 3 }))
    assert.deepEqual(await typing, { data: { at: 3 }, user_id: '12' })

    const removed = happens(room, 'pusher:member_removed')
    bram.disconnect()
    assert.equal((await removed).id, '12')
    assert.equal(room.members.count, 1)
  })

  test('the HTTP API of the vendor’s server', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const [one, two] = [connect(t, stand), connect(t, stand)]
    const channels = await Promise.all([join(one, 'news'), join(two, 'news')])
    const vendor = server(stand)
    const heard = []
    channels.forEach((channel, i) => channel.bind('tick', (n) => heard.push([i, n])))
    const last = happens(channels[1], 'end')
    await vendor.trigger('news', 'tick', 1, { socket_id: two.connection.socket_id })
    await vendor.triggerBatch([
      { channel: 'news', name: 'tick', data: 2 },
      { channel: 'news', name: 'end', data: {} },
    ])
    await last
    await happensSoon(() => heard.length === 3)
    assert.deepEqual(heard.sort(), [[0, 1], [0, 2], [1, 2]])
    const listed = await vendor.get({ path: '/channels', params: { info: 'subscription_count' } })
    assert.deepEqual(await listed.json(), { channels: { news: { subscription_count: 2 } } })

    vendor.config.token.secret = 'guessed'
    await assert.rejects(vendor.trigger('news', 'tick', 3), { status: 401, body: 'Authentication signature invalid.' })
  })

  test('in a sandbox', async (t) => {
    const stand = await standIn(t, 'eckospace')
    await stand.control('POST', 'sandboxes', { name: 'box' })
    const [inside, outside] = [connect(t, stand, { wsPath: '/~sandbox/box' }), connect(t, stand)]
    const [there] = await Promise.all([join(inside, 'news'), join(outside, 'news')])
    const heard = []
    there.bind('tick', (n) => heard.push(n))
    const end = happens(outside.channel('news'), 'tick')
    await server(stand).trigger('news', 'tick', 1)
    await end
    assert.deepEqual(heard, [])
  })
})

/** Looks again until something holds. */
async function happensSoon(holds) {
  for (let i = 0; i < 500 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(holds())
}
