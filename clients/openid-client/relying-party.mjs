// A relying party: openid-client, set up against a stand-in, and what it needs of a user.
import * as openid from 'openid-client'
import { standIn, testdata } from '../standin.mjs'
import { Visitor } from './visitor.mjs'

/** Nobody listens here: a visitor sees where it is sent, and does not go. */
export const callback = 'http://127.0.0.1:8765/callback'

/** What openid-client throws where an answer has status 401 and a challenge that it can read (RFC 9110, 11.6.1). */
const challenged = { name: 'WWWAuthenticateChallengeError', status: 401 }

/** The identity providers that are judged: one as the specifications have it, two as vendors have them. */
export const flavours = {
  rfc: {
    contract: testdata('ferry.yaml'),
    issuer: '/line',
    scope: 'openid profile email offline_access sailings:read',
    resource: '/sailings', // an operation that the access token opens
    refusesClient: challenged,
    refusesToken: challenged,
  },
  authentik: {
    contract: 'ecosire',
    issuer: '/application/o/ecosire/',
    scope: 'openid profile email offline_access',
    resource: '/contacts',
    refusesClient: { name: 'ResponseBodyError', status: 400, error: 'invalid_client' }, // 400 to everything
    refusesToken: (error) => error.cause?.status === 401, // its challenge lacks the scheme, so that nobody can read it
  },
  google: {
    contract: 'eckospace',
    issuer: '/',
    scope: 'openid profile email', // its tokens open the provider's userinfo and nothing of the contract
    refusesClient: challenged,
    refusesToken: challenged,
  },
}

/**
 * Discovers the provider of a stand-in as its confidential client, or as another one. ID tokens are checked against the
 * provider's keys: without that, openid-client trusts what came over the token endpoint.
 */
export async function discover(stand, flavour, { id, authentication, algorithm = 'oidc', metadata } = {}) {
  return openid.discovery(
    new URL(flavour.issuer, stand.origin),
    id ?? stand.credential('CLIENT_ID'),
    metadata,
    authentication ?? openid.ClientSecretPost(stand.credential('CLIENT_SECRET')),
    { algorithm, execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks] },
  )
}

/** Serves a flavour's contract and discovers its provider. Logins are approved at once unless the page is asked for. */
export async function relyingParty(t, flavour, { login = 'auto', ...client } = {}) {
  const stand = await standIn(t, flavour.contract, '--login', login)
  return { stand, flavour, config: await discover(stand, flavour, client) }
}

/** Begins a login: the address for the browser, and what the answer is held against. */
export async function begin({ config, flavour }, { scope = flavour.scope, ...parameters } = {}) {
  const checks = {
    pkceCodeVerifier: openid.randomPKCECodeVerifier(),
    expectedState: openid.randomState(),
    expectedNonce: openid.randomNonce(),
    idTokenExpected: true,
  }
  const request = {
    redirect_uri: callback,
    scope,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  }
  return { request, checks }
}

/**
 * Logs a user in with code flow and PKCE. Where a page is shown, the user presses the button of the action; typed is what
 * is chosen on it before.
 */
export async function signIn(party, { visitor = new Visitor(), action = 'approve', typed, dpop, ...parameters } = {}) {
  const { request, checks } = await begin(party, parameters)
  const page = await answer(visitor, openid.buildAuthorizationUrl(party.config, request), action, typed)
  const tokens = await openid.authorizationCodeGrant(party.config, page.sentTo, checks, undefined, dpop && { DPoP: dpop })
  return { tokens, claims: tokens.claims(), visitor, answer: page.sentTo, checks }
}

/** Opens an authorization request and answers its page, if there is one. */
export async function answer(visitor, url, action = 'approve', typed = {}) {
  let page = await visitor.open(url)
  if (page.status === 200) page = await visitor.press(page, action, typed)
  if (!page.sentTo) throw new Error(`the provider sends the browser nowhere: ${page.status} ${page.text}`)
  return page
}

/** Calls the contract's own operation with an access token, as an application would. */
export function callResource({ stand, flavour }, token) {
  return fetch(stand.base + flavour.resource, { headers: { Authorization: `Bearer ${token}` } })
}
