// Deliveries by Standard Webhooks, judged by the specification's own library.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { standIn } from '../standin.mjs'
import { receive, spoilings } from './receiver.mjs'

describe('standardwebhooks', () => {
  for (const contract of ['ecoevents', 'eckospace']) {
    test(`believes each event of ${contract}`, async (t) => {
      const stand = await standIn(t, contract)
      const webhook = new Webhook(stand.credential('WEBHOOK_SECRET'))
      const receiver = await receive(t, stand, (body, headers) => webhook.verify(body, headers))
      const { events } = await stand.control('GET', 'events')
      assert.equal(events.length, 4)
      for (const { type } of events) {
        const came = await receiver.tell(type)
        assert.ok(came.good, `${type}: ${came.reason}`)
        assert.equal(came.event.type, type)
        assert.equal(came.headers['webhook-id'], came.id)
      }
    })
  }

  test('believes nothing that is spoiled but the second of two signatures', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    const webhook = new Webhook(stand.credential('WEBHOOK_SECRET'))
    const receiver = await receive(t, stand, (body, headers) => webhook.verify(body, headers))
    for (const kind of await spoilings(stand)) {
      const came = await receiver.tell('event.created', { misbehaviour: [{ kind }] })
      assert.equal(came.good, kind === 'second-right', `${kind}: ${came.reason}`)
    }
  })

  test('what an operation brings about is signed with the endpoint’s own secret', async (t) => {
    const stand = await standIn(t, 'ecoevents')
    let secret
    const receiver = await receive(t, stand, (body, headers) => new Webhook(secret).verify(body, headers), { own_secrets: true, secret_name: 'OURS' })
    secret = receiver.secret('OURS')
    const response = await fetch(`${stand.base}/v1/events`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${stand.credential('API_KEY')}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        name: 'Repair Café', format: 'in_person', startsAt: '2027-03-05T10:00:00Z', endsAt: '2027-03-05T16:00:00Z', timezone: 'Europe/Berlin',
        venue: { name: 'Kesselhaus', address: 'Knaackstraße 97', city: 'Berlin', country: 'DE' }, capacity: 120,
      }),
    })
    assert.equal(response.status, 201, await response.clone().text())
    const { arrived, delivery } = await stand.control('POST', 'deliveries/wait', { endpoint: receiver.endpoint.id, within: '15s' })
    assert.ok(arrived)
    assert.equal(delivery.type, 'event.created')
    assert.equal(receiver.received[0].event.data.id, (await response.json()).id)
  })
})
