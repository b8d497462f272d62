// Deliveries that are signed like GitHub's, judged by Octokit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhooks } from '@octokit/webhooks'
import { standIn, testdata } from '../standin.mjs'
import { receive } from './receiver.mjs'

test('octokit believes a push, and nothing that is spoiled', async (t) => {
  const stand = await standIn(t, testdata('forge.yaml'))
  const webhooks = new Webhooks({ secret: stand.credential('WEBHOOK_SECRET') })
  const receiver = await receive(t, stand, async (body, headers) => {
    if (!headers['x-hub-signature-256']) throw new Error('there is no signature')
    if (!(await webhooks.verify(body, headers['x-hub-signature-256']))) throw new Error('the signature does not fit')
    return JSON.parse(body)
  })
  const came = await receiver.tell('push', { data: { '/ref': 'refs/heads/anvil' } })
  assert.ok(came.good, came.reason)
  assert.equal(came.event.ref, 'refs/heads/anvil')
  // What has no timestamp and room for one signature only cannot be stale or have two.
  for (const kind of ['unsigned', 'empty-signature', 'wrong-secret', 'other-body', 'changed-byte', 'reserialised', 'fake-scheme', 'long-header', 'other-family']) {
    const bad = await receiver.tell('push', { misbehaviour: [{ kind }] })
    assert.ok(!bad.good, `${kind} was believed`)
    assert.deepEqual(bad.attempt.misbehaviour, [kind])
  }
})
