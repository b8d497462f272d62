// A webhook receiver of the usual kind: keeps the bytes as they came, has a vendor's library judge them, answers 200 or 400.
import { createServer } from 'node:http'

/** How long a test waits for a delivery, in milliseconds. It needs a hundredth of it. */
const patience = 15_000

/**
 * Listens on a free port until the test has ended, and registers itself with the stand-in. verify takes the body as a
 * text and the headers; what it throws is a refusal.
 */
export async function receive(t, stand, verify, endpoint = {}) {
  const receiver = new Receiver(stand, verify)
  const server = createServer((request, response) => receiver.take(request, response))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => server.close(resolve).closeAllConnections()))
  receiver.url = `http://127.0.0.1:${server.address().port}/hooks`
  receiver.endpoint = await stand.control('POST', 'endpoints', { url: receiver.url, ...endpoint })
  return receiver
}

class Receiver {
  constructor(stand, verify) {
    this.stand = stand
    this.verify = verify
    this.received = []
  }

  async take(request, response) {
    const chunks = []
    for await (const chunk of request) chunks.push(chunk)
    const delivery = { headers: request.headers, body: Buffer.concat(chunks).toString('utf8') }
    try {
      delivery.event = await this.verify(delivery.body, delivery.headers)
      delivery.good = true
    } catch (error) {
      delivery.good = false
      delivery.reason = error.message
    }
    this.received.push(delivery)
    response.writeHead(delivery.good ? 200 : 400).end()
  }

  /** The text of the endpoint's secret of a name, which the answer that made it holds. */
  secret(name) {
    return this.endpoint.secrets.find((secret) => secret.name === name).text
  }

  /** Waits until something has come. */
  async until(there, what) {
    for (const end = Date.now() + patience; !there(); ) {
      if (Date.now() > end) throw new Error(`${what} did not come within ${patience} ms`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Tells of an event and gives what came here of it, with the delivery as the stand-in has written it down. */
  async tell(type, more = {}) {
    const before = this.received.length
    const { event, deliveries } = await this.stand.control('POST', 'events', { type, to: this.endpoint.id, ...more })
    const state = 'delivered,pending,dead'
    await this.until(() => this.received.length > before, type)
    await this.stand.control('POST', 'deliveries/wait', { event: event.id, state, within: '15s' })
    const { delivery, attempts } = await this.stand.control('GET', `deliveries/${deliveries[0].id}`)
    await this.stand.control('POST', `deliveries/${delivery.id}/cancel`).catch(() => {}) // where it is to be tried again
    return { ...this.received[before], id: event.id, delivery, attempt: attempts[0] }
  }
}

/** The kinds of trouble that make a signature bad, or odd, as the stand-in lists them. */
export async function spoilings(stand) {
  const { kinds } = await stand.control('GET', 'misbehaviours')
  return kinds.filter(({ signature }) => signature).map(({ kind }) => kind)
}
