// A connection of pusher-js to a stand-in, and what a test waits for.
import PusherClient from 'pusher-js'
import PusherServer from 'pusher'

/** How long a test waits for what has to happen, in milliseconds. It needs a hundredth of it. */
const patience = 15_000

/** The timer as it is: a test may put another one in its place for the client. */
const { setTimeout: later } = globalThis

/** Connects until the test has ended. Without a session only public channels can be joined. */
export function connect(t, stand, { session, wsPath } = {}) {
  const { hostname, port } = new URL(stand.origin)
  const client = new PusherClient(stand.credential('REALTIME_KEY'), {
    wsHost: hostname,
    wsPort: Number(port),
    wsPath: wsPath ?? '',
    forceTLS: false,
    enabledTransports: ['ws'],
    disableStats: true,
    cluster: '',
    channelAuthorization: { customHandler: session?.sign },
  })
  t.after(() => client.disconnect())
  return client
}

/** The vendor's server, which publishes over the HTTP API. */
export function server(stand) {
  const { hostname, port } = new URL(stand.origin)
  return new PusherServer({
    appId: stand.credential('REALTIME_ID'),
    key: stand.credential('REALTIME_KEY'),
    secret: stand.credential('REALTIME_SECRET'),
    host: hostname,
    port,
    useTLS: false,
  })
}

/** Waits for an event of a connection or a channel, and gives what comes with it. */
export const happens = (emitter, event) =>
  new Promise((resolve, reject) => {
    const timer = later(() => reject(new Error(`${event} did not happen within ${patience} ms`)), patience)
    const heard = (data) => {
      clearTimeout(timer)
      emitter.unbind(event, heard)
      resolve(data)
    }
    emitter.bind(event, heard)
  })

/** Waits until a client is connected. */
export const connected = (client) => client.connection.state === 'connected' || happens(client.connection, 'connected')

/** Joins a channel and waits until the server has let the client in; a refusal is an error. */
export async function join(client, name) {
  const channel = client.subscribe(name)
  await new Promise((resolve, reject) => {
    channel.bind('pusher:subscription_succeeded', resolve)
    channel.bind('pusher:subscription_error', ({ error, status }) => reject(new Error(error || status)))
  })
  return channel
}
