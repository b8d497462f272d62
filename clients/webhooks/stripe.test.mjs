// Deliveries that are signed like Stripe's, judged by Stripe's own library.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Stripe from 'stripe'
import { standIn } from '../standin.mjs'
import { receive, spoilings } from './receiver.mjs'

const stripe = new Stripe('sk_test_of_nobody')
const types = ['checkout.session.completed', 'invoice.paid', 'customer.subscription.deleted', 'customer.subscription.updated', 'charge.refunded', 'payment_intent.payment_failed']

/** What the library is given: the raw body, the header and the secret of the environment line. */
const construct = (secret) => (body, headers) => stripe.webhooks.constructEvent(body, headers['stripe-signature'], secret)

describe('stripe-node', () => {
  test('believes each of the six events', async (t) => {
    const stand = await standIn(t, 'ecosire')
    const receiver = await receive(t, stand, construct(stand.credentials.STRIPE_WEBHOOK_SECRET))
    for (const type of types) {
      const came = await receiver.tell(type)
      assert.ok(came.good, `${type}: ${came.reason}`)
      assert.equal(came.event.type, type)
      assert.equal(came.event.id, came.id)
      assert.equal(came.delivery.state, 'delivered')
    }
  })

  test('believes nothing that is spoiled but what its scheme allows', async (t) => {
    const stand = await standIn(t, 'ecosire')
    const receiver = await receive(t, stand, construct(stand.credentials.STRIPE_WEBHOOK_SECRET))
    // The second of two signatures is right during a rotation; of the future the library takes anything.
    const allowed = ['second-right', 'future-timestamp']
    const kinds = await spoilings(stand)
    assert.ok(kinds.length >= 12 && allowed.every((kind) => kinds.includes(kind)), `${kinds}`)
    for (const kind of kinds) {
      const came = await receiver.tell('invoice.paid', { misbehaviour: [{ kind }] })
      assert.equal(came.good, allowed.includes(kind), `${kind}: ${came.reason}`)
      assert.deepEqual(came.attempt.misbehaviour, [kind])
      assert.equal(came.attempt.response.status, came.good ? 200 : 400)
    }
  })

  test('believes a good signature around any body, and knows a duplicate by its id', async (t) => {
    const stand = await standIn(t, 'ecosire')
    const receiver = await receive(t, stand, construct(stand.credentials.STRIPE_WEBHOOK_SECRET))
    for (const kind of ['unknown-event', 'huge-body']) {
      const came = await receiver.tell('invoice.paid', { misbehaviour: [{ kind }] })
      assert.ok(came.good, `${kind}: ${came.reason}`)
    }
    const twice = await receiver.tell('charge.refunded', { misbehaviour: [{ kind: 'duplicate' }] })
    const same = () => receiver.received.filter(({ event }) => event?.id === twice.id)
    await receiver.until(() => same().length === 2, 'the duplicate')
    assert.equal(same()[1].body, twice.body)
    const exact = '{"id": "evt_1Exactly",\n "object":"event", "type":"invoice.paid", "created": 1, "data": {"object": {}}}'
    const sent = await receiver.tell('invoice.paid', { body: exact, force: true })
    assert.ok(sent.good, sent.reason)
    assert.equal(sent.body, exact)
  })

  test('believes both secrets while one is replaced by the other', async (t) => {
    const stand = await standIn(t, 'ecosire')
    let secret
    const receiver = await receive(t, stand, (body, headers) => construct(secret)(body, headers), { own_secrets: true })
    const old = receiver.secret('STRIPE_WEBHOOK_SECRET')
    assert.notEqual(old, stand.credentials.STRIPE_WEBHOOK_SECRET)
    const rotated = await stand.control('POST', `endpoints/${receiver.endpoint.id}/rotate`, { name: 'STRIPE_WEBHOOK_SECRET' })
    const fresh = rotated.secrets.find(({ text }) => text).text
    for (const [text, good] of [[old, true], [fresh, true], [stand.credentials.STRIPE_WEBHOOK_SECRET, false]]) {
      secret = text
      assert.equal((await receiver.tell('invoice.paid')).good, good)
    }
  })

  test('signs what the contract takes from Stripe', async (t) => {
    const stand = await standIn(t, 'eckospace')
    const payload = JSON.stringify({ id: 'evt_1Mine', object: 'event', type: 'payment_intent.succeeded' })
    const deliver = async (secret, timestamp) => {
      const header = stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp })
      const { status } = await fetch(`${stand.origin}/payment/stripe/webhook`, {
        method: 'POST', body: payload, headers: { 'Content-Type': 'application/json', 'Stripe-Signature': header },
      })
      return status
    }
    const secret = stand.credentials.STRIPE_WEBHOOK_SECRET
    assert.equal(await deliver(secret), 200)
    assert.equal(await deliver('whsec_guessed'), 403)
    assert.equal(await deliver(secret, Math.floor(Date.now() / 1000) - 600), 403)
    const { received } = await stand.control('GET', 'inbound')
    assert.deepEqual(received.map(({ status }) => status), [200, 403, 403])
  })
})
