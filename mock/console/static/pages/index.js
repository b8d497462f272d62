// The pages in the order of the navigation. Pages of one group stand together; see ui.js for what a page is.
import * as overview from './overview.js'
import * as requests from './requests.js'
import * as explorer from './explorer.js'
import * as runs from './runs.js'
import * as state from './state.js'
import * as worlds from './worlds.js'
import * as clock from './clock.js'
import * as keys from './keys.js'
import * as identity from './identity.js'
import * as limits from './limits.js'
import * as events from './events.js'
import * as endpoints from './endpoints.js'
import * as deliveries from './deliveries.js'
import * as signatures from './signatures.js'
import * as inbox from './inbox.js'
import * as realtime from './realtime.js'
import * as faults from './faults.js'

export const groups = ['Watch', 'World', 'Access', 'Events', 'Trouble', 'Judge']

export const pages = [
  overview, requests, explorer, state, worlds, clock, keys, identity, limits, events, endpoints, deliveries, signatures, inbox, realtime, faults, runs,
]
