// One exchange of the journal in full: why it was refused, the way it went through the stand-in, and both messages.
import { h, facts, pill, method, status, time, duration, tabs, notice, code, linkButton, bytes } from '../ui.js'
import { headerTable, bodyOf } from './message.js'
import { curl, languages } from './snippet.js'
import { requestOf, target } from './request.js'
import { operationFor, keyOf } from './contract.js'

/** What the stages are about, in the words of the trace's reader. */
const about = {
  transport: 'TLS, and how the request came', match: 'which operation it is', authenticate: 'who is calling', admit: 'whether the limits leave room', permit: 'whether they may',
  receive: 'reading the body', validate: 'whether it keeps the contract', negotiate: 'which answer fits', disturb: 'faults that were ordered', repeat: 'idempotency', session: 'the session', act: 'state and answer',
}

/** What to do about a refusal of a stage: a sentence, and where to go. */
function remedy(stage, entry, operation, context) {
  const explorer = operation && linkButton('Try it in the explorer', context.link('explorer', keyOf(operation)), { icon: 'compass' })
  switch (stage) {
    case 'transport':
      return ['The contract asks for TLS. Start the stand-in with --tls, or call it over https.']
    case 'match':
      return ['No operation of the contract has this method and path. Compare the base URL and the path with the explorer’s list.', linkButton('All operations', context.link('explorer'), { icon: 'compass' })]
    case 'authenticate':
      return ['Show a credential that the stand-in believes: a ready one of the overview, or one that you make.', linkButton('Ready credentials', context.link('overview'), { icon: 'home' }), linkButton('API keys', context.link('keys'), { icon: 'key' }), explorer]
    case 'permit':
      return [entry.trace.caller?.scopes?.length ? `The credential has the scopes ${entry.trace.caller.scopes.join(', ')}. Use one with more.` : 'The credential may not do this. Use one with the scope that the operation asks for.', linkButton('API keys', context.link('keys'), { icon: 'key' }), explorer]
    case 'admit':
      return ['A limit is used up. Wait, move the clock to the end of its window, or set the counters back.', linkButton('Limits', context.link('limits'), { icon: 'gauge' }), linkButton('Clock', context.link('clock'), { icon: 'clock' })]
    case 'receive':
      return ['The body could not be read: look at its media type and at its form.', explorer]
    case 'validate':
      return ['The request breaks the contract at the places below. The explorer fills in one that keeps it.', explorer]
    case 'negotiate':
      return ['No documented answer has a media type that the request accepts. Look at its Accept header.', explorer]
    case 'disturb':
      return ['A fault that was ordered acted on it.', linkButton('Faults', context.link('faults'), { icon: 'zap' })]
    case 'act':
      return ['The state does not allow it: what it names is not there, or is not in a condition for it.', linkButton('State', context.link('state'), { icon: 'database' })]
    default:
      return ['', explorer]
  }
}

/** Whether an exchange was refused, and by which stage; null: it was not. */
export function refusal(entry) {
  const stage = entry.trace.stages.find((s) => ['refused', 'failed'].includes(s.verdict))
  if (stage) return stage
  return entry.trace.problem ? { name: entry.trace.stages.at(-1)?.name || 'act', verdict: 'refused', note: entry.trace.problem } : null
}

/** Says why an exchange was refused and what to do; null where it was not. */
export function whyRefused(entry, operations, context) {
  const stage = refusal(entry)
  if (!stage) return null
  const [advice, ...links] = remedy(stage.name, entry, operationFor(operations, entry), context)
  const violations = entry.trace.violations || []
  return h('section', { class: 'why', 'aria-label': 'Why it was refused' },
    h('h3', {}, 'Why it was refused'),
    h('p', {}, h('strong', {}, (entry.trace.problem || stage.note || stage.name).replaceAll('_', ' ')), ' at the stage ', h('code', {}, stage.name), about[stage.name] && h('span', { class: 'muted' }, ` (${about[stage.name]})`), '.'),
    entry.trace.detail && violations.length === 0 && h('p', {}, entry.trace.detail),
    violations.length > 0 && violationList(violations),
    advice && h('p', { class: 'muted' }, advice),
    links.length > 0 && h('div', { class: 'actions' }, links))
}

const violationList = (list) =>
  h('ul', { class: 'violations' }, list.slice(0, 50).map((v) => h('li', {},
    h('code', {}, [v.in, v.name, v.pointer].filter(Boolean).join(' ')), ' wanted ', h('strong', {}, v.want), ', got ', h('strong', {}, v.got),
    v.at && h('span', { class: 'muted' }, ` · ${[v.at.file, v.at.line].filter(Boolean).join(':')} ${v.at.pointer || ''}`))), list.length > 50 && h('li', {}, `and ${list.length - 50} more`))

const verdicts = { passed: '', answered: 'good', refused: 'bad', failed: 'bad', observed: 'warn', disturbed: 'warn' }

/** The stages that a request went through, in order. */
const stages = (list) =>
  h('ol', { class: 'stages' }, list.map((s) => h('li', { class: `stage ${s.verdict}` },
    h('span', { class: 'stage-name', title: about[s.name] || null }, s.name),
    s.verdict !== 'passed' && pill(s.verdict, verdicts[s.verdict]), s.verdict === 'passed' && h('span', { class: 'hidden' }, 'passed'), s.note && s.note !== s.verdict && h('span', { class: 'muted small' }, s.note))))

/** Shows an exchange. options: operations of the contract, ready credentials, actions (nodes). */
export function exchangeView(entry, { operations, ready, context, actions }) {
  const operation = operationFor(operations, entry)
  const url = new URL(entry.request.url)
  const spent = entry.client.duration_ms ?? entry.duration_ms
  const request = requestOf(entry, context.contract.base_url, ready)
  const sent = { method: request.method, url: context.contract.base_url.replace(/\/$/, '') + target(request), headers: request.headers, body: request.body }
  return h('article', { class: 'exchange stack', 'aria-label': `Exchange ${entry.id}` },
    h('header', { class: 'exchange-head' },
      h('div', { class: 'row' }, method(entry.request.method), h('code', { class: 'break grow' }, url.pathname + url.search), status(entry.response.status)),
      h('div', { class: 'row muted small' },
        h('span', {}, `No. ${entry.id}`), time(entry.start), h('span', {}, duration(spent)),
        operation ? h('a', { href: context.link('explorer', keyOf(operation)) }, keyOf(operation)) : h('span', {}, 'no operation of the contract'),
        entry.client.abandoned && pill('the client went away', 'warn')),
      actions && h('div', { class: 'actions' }, actions)),
    whyRefused(entry, operations, context),
    tabs([
      { id: 'trace', title: 'Trace', render: () => traceView(entry) },
      { id: 'request', title: 'Request', render: () => h('div', { class: 'stack' }, headerTable(entry.request.headers), bodyOf(entry.request.body, 'Request body')) },
      { id: 'response', title: 'Response', render: () => h('div', { class: 'stack' }, entry.response.status === 0 && notice('bad', 'The connection was cut before an answer.'), headerTable(entry.response.headers), bodyOf(entry.response.body, 'Response body')) },
      { id: 'code', title: 'Code', render: () => tabs(languages.map((l) => ({ id: l.id, title: l.title, render: () => code(l.write(sent), { label: l.title }) })), { label: 'Languages' }) },
    ], { label: 'Exchange' }))
}

function traceView(entry) {
  const { trace, client } = entry
  const caller = trace.caller || {}
  return h('div', { class: 'stack' },
    stages(trace.stages),
    facts([
      ['Caller', caller.credential && h('span', {}, h('code', {}, caller.credential), caller.name && ` ${caller.name}`)],
      ['Account', caller.account && h('code', {}, caller.account)],
      ['User', caller.user && h('code', {}, caller.user)],
      ['Client', caller.client && h('code', {}, caller.client)],
      ['Environment', caller.environment],
      ['Scopes', caller.scopes?.length && h('span', { class: 'pills' }, caller.scopes.map((s) => pill(s)))],
      ['Answer from', trace.source],
      ['Changed', trace.changes?.length && h('ul', {}, trace.changes.map((c) => h('li', {}, pill(c.kind), ' ', h('code', {}, c.key))))],
      ['Events', trace.events?.length && h('ul', {}, trace.events.map((e) => h('li', {}, h('code', {}, e.name), ` to ${e.deliveries} ${e.deliveries === 1 ? 'receiver' : 'receivers'}`, e.error && `, not told: ${e.error}`)))],
      ['Faults', trace.faults?.length && h('ul', {}, trace.faults.map((f) => h('li', {}, h('code', {}, f.kind), f.note && ` ${f.note}`, f.vain && ' (in vain)')))],
      ['From', client.address && `${client.address}${client.connection ? `, connection ${client.connection}` : ''}${client.tls ? ', TLS' : ''}`],
      ['Answered by', entry.replica && h('code', {}, entry.replica)],
      ['Sizes', `${bytes(entry.request.body?.size || 0)} sent, ${bytes(entry.response.body?.size || 0)} received`],
    ]))
}

/** The curl command of an exchange, with the credentials that are known. */
export function curlOf(entry, context, ready) {
  const request = requestOf(entry, context.contract.base_url, ready)
  return curl({ method: request.method, url: context.contract.base_url.replace(/\/$/, '') + target(request), headers: request.headers, body: request.body })
}
