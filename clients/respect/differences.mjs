// Where Respect reads the Arazzo specification differently than we do, or than it is written. Each difference says where it
// stands, how a document is rewritten mechanically so that Respect judges what the original says, and which workflow of
// differences.arazzo.yaml shows it. Nothing else is changed in the copies of our suites that Respect is given.

/** The differences, in the order in which they are rewritten. */
export const differences = [
  {
    name: 'the root of a JSONPath is the context',
    section: 'Arazzo 1.0.1, Criterion Object: "The root node context is defined by a Runtime Expression"; 1.1.0, JSONPath Conditions, with the example $.pets[*]; RFC 9535, 2.2',
    ours: '$ is the value of the context, so that $.data is its member',
    theirs: '$ is an array with that value as its only element, so that $[?count(@.pets) > 0], another example there, selects an object',
    shown: 'root-of-a-jsonpath',
    rewrite: (document) => queries(document, (query) => outsideQuotes(query, '$', '$[0]')),
  },
  {
    name: 'an expression in a JSONPath becomes text',
    section: 'Arazzo 1.1.0, Runtime Expressions in Conditions: "evaluated and converted to strings", with the example @.status == "{$inputs.expectedStatus}"',
    ours: "the value stands between the quotes that the author wrote: '{$steps.make.outputs.id}'",
    theirs: 'the value brings quotes of its own and then stands between two pairs of them',
    shown: 'expression-in-a-jsonpath',
    rewrite: (document) => queries(document, (query) => query.replace(/(['"])(\{\$[^{}]+\})\1/g, '$2')),
  },
  {
    name: 'an expression in a regular expression is replaced by its value',
    section: 'Arazzo 1.1.0, Runtime Expressions in Conditions: "For regex, jsonpath, and xpath conditions, runtime expressions MUST be embedded"',
    ours: '^/contacts/{$response.body#/id}$ is about one contact',
    theirs: 'the braces and what is in them are part of the pattern, which matches nothing',
    shown: 'expression-in-a-regex',
    // It cannot be asked in another way: the criterion is put out of action, and that it holds is our verdict alone.
    rewrite: (document) => criteria(document, (c) => (kind(c) === 'regex' && c.condition.includes('{$') ? { ...c, condition: '' } : c)),
  },
  {
    name: 'a pointer to nothing gives null',
    section: 'Arazzo 1.0.1, Runtime Expressions, Literals: neither says what a JSON Pointer without a value is; docs/decisions/006, absent values',
    ours: '$response.body#/nextCursor == null holds where the member is null and where there is none',
    theirs: 'it is an error where there is none, and the criterion fails',
    shown: 'pointer-to-nothing',
    rewrite: (document) => criteria(document, absentMember),
  },
  {
    name: 'a response without content has no body',
    section: 'Arazzo 1.0.1, Runtime Expressions: $response.body is the body; RFC 9110, 15.3.5: there is none with 204; docs/decisions/006, absent values',
    ours: '$response.body == null holds',
    theirs: 'the body is an empty object, which is not null',
    shown: 'no-content',
    rewrite: (document) => criteria(document, (c) => (/^\$response\.body [!=]= null$/.test(c.condition) ? onBody(`$[?length(@) ${c.condition.includes('!') ? '>' : '=='} 0]`) : c)),
  },
  {
    name: 'a filter compares what an index or the root leads to',
    section: 'RFC 9535, 2.3.5.1: a comparison takes singular queries of names and indexes, relative or absolute',
    ours: "$.data[?@.tags[0] == 'b'] and $[?$.name == 'a'] compare values",
    theirs: 'a comparison with an index in it or from the root never holds, unless the query is the argument of value(), which changes nothing',
    shown: 'index-in-a-comparison',
    rewrite: (document) => queries(document, valued),
  },
  {
    name: 'an empty object is content',
    section: 'Arazzo 1.0.1, Request Body Object: payload is "a value representing the request body payload"',
    ours: 'payload: {} is sent as {}',
    theirs: 'nothing is sent',
    shown: 'empty-object',
    rewrite: (document) => {
      for (const body of bodies(document)) if (isEmpty(body.payload)) Object.assign(body, { contentType: body.contentType ?? 'application/json', payload: '{}' })
    },
  },
  {
    name: 'a payload that is a text is the content',
    section: 'Arazzo 1.0.1, Request Body Object, payload: "use a string value to contain the example", and the example of a text for application/json',
    ours: 'the text is sent as it is, also {"name": "Half, which is no JSON',
    theirs: 'a text for application/json is sent in quotes, and one for multipart/form-data loses its media type; not so when that is in capital letters',
    shown: 'text-as-content',
    rewrite: (document) => {
      for (const body of bodies(document)) {
        if (body.contentType && typeof body.payload === 'string' && !body.payload.startsWith('$')) body.contentType = body.contentType.replace(/^[^;]*/, (type) => type.toUpperCase())
      }
    },
  },
  {
    name: 'the format of an input is an annotation',
    section: 'JSON Schema 2020-12 Validation, 7.2.1: formats are annotations unless another vocabulary is asked for',
    ours: 'format: email tells the reader what is meant',
    theirs: 'a format other than password, int32, int64, float and double ends the run before the first request',
    shown: 'format-of-an-input',
    ends: /unknown format "email"/,
    rewrite: (document) => {
      for (const [, schema] of inputs(document)) if (schema.format !== 'password') delete schema.format
    },
  },
  {
    name: 'steps of two workflows may bear one name',
    section: 'Arazzo 1.0.1, Step Object, stepId: "unique amongst all steps described in the workflow"',
    ours: '$steps.make.outputs.key is an output of the step of this workflow',
    theirs: 'the rule outputs-defined, which stands before every run, knows the outputs of the last step of that name in the document only',
    shown: 'steps-of-one-name',
    ends: /Output key "id" is not defined in step "make"/,
    rewrite: distinctSteps,
  },
  // Of these no compared suite makes use, so that nothing is rewritten.
  {
    name: 'a token of a JSON Pointer may hold dots',
    section: 'Arazzo 1.0.1, Runtime Expressions; RFC 6901, 3: only ~ and / are written otherwise',
    ours: '$response.body#/nav.home is the member "nav.home"',
    theirs: 'it is the member home of the member nav',
    shown: 'dots-in-a-pointer',
  },
  {
    name: 'strings are compared without case',
    section: 'Arazzo 1.0.1, Operators: "String comparisons MUST be case insensitive"',
    ours: "$response.body#/state == 'ACTIVE' holds of active",
    theirs: 'it does not',
    shown: 'case-of-strings',
  },
]

/** Rewrites a document, which is changed, and gives it back. */
export function rewritten(document, list = differences) {
  for (const one of list) one.rewrite?.(document)
  return document
}

/** Puts change's result in the place of every criterion of a document. */
export function criteria(document, change) {
  const actions = (list) => {
    for (const action of list ?? []) if (action.criteria) action.criteria = action.criteria.map(change)
  }
  for (const workflow of document.workflows) {
    for (const object of [workflow, ...workflow.steps]) {
      for (const field of ['successActions', 'failureActions', 'onSuccess', 'onFailure']) actions(object[field])
      if (object.successCriteria) object.successCriteria = object.successCriteria.map(change)
    }
  }
  for (const field of ['successActions', 'failureActions']) actions(Object.values(document.components?.[field] ?? {}))
}

/** Gives the names and schemas of all inputs of a document. */
export function inputs(document) {
  const schemas = [...document.workflows.map((workflow) => workflow.inputs), ...Object.values(document.components?.inputs ?? {})]
  return schemas.flatMap((schema) => Object.entries(schema?.properties ?? {}))
}

/** Gives the request bodies of all steps. */
const bodies = (document) => document.workflows.flatMap((workflow) => workflow.steps).flatMap((step) => step.requestBody ?? [])

const isEmpty = (value) => value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0

/** Gives the type of a criterion by its name. */
export const kind = (criterion) => criterion.type?.type ?? criterion.type ?? 'simple'

const queries = (document, change) => criteria(document, (c) => (kind(c) === 'jsonpath' ? { ...c, condition: change(c.condition) } : c))

const onBody = (query) => ({ context: '$response.body', type: 'jsonpath', condition: query })

/** Replaces a character wherever it stands outside of quotes and of embedded expressions. */
function outsideQuotes(text, character, by) {
  return text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\{\$[^{}]*\}|./gs, (part) => (part === character ? by : part))
}

/** Asks whether there is such a member by a query, since a pointer cannot. */
function absentMember(criterion) {
  const pointer = kind(criterion) === 'simple' && /^\$response\.body#(\/\S*) == null$/.exec(criterion.condition)?.[1]
  if (!pointer) return criterion
  const names = pointer.slice(1).split('/').map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  const path = `@${names.map((name) => (/^\d+$/.test(name) ? `[${name}]` : `[${JSON.stringify(name)}]`)).join('')}`
  return onBody(`$[?!${path} || ${path} == null]`)
}

/** Puts value() around the queries that a filter compares and that have an index or begin at the root. */
function valued(query) {
  const part = String.raw`\.[A-Za-z_]\w*|\[\d+\]|\['[^']*'\]|\["[^"]*"\]`
  const singular = String.raw`(?:\$(?:${part})+|@(?:${part})*\[\d+\](?:${part})*)`
  const operator = '(?:[=!]=|[<>]=?)'
  return query
    .replace(new RegExp(String.raw`(${singular})(?=\s*${operator})`, 'g'), 'value($1)')
    .replace(new RegExp(String.raw`(${operator}\s*)(${singular})`, 'g'), '$1value($2)')
}

/** Stands between the id of a workflow and that of a step. */
export const joiner = '__'

/** Gives the steps that share their name with a step of another workflow, but not its outputs, names of their own. */
function distinctSteps(document) {
  const outputs = {}
  for (const { stepId, outputs: own } of document.workflows.flatMap((workflow) => workflow.steps)) (outputs[stepId] ??= new Set()).add(Object.keys(own ?? {}).sort().join())
  for (const workflow of document.workflows) {
    const steps = workflow.steps.map((step) => step.stepId).filter((id) => outputs[id].size > 1)
    const rename = (id) => (steps.includes(id) ? `${workflow.workflowId}${joiner}${id}` : id)
    Object.assign(workflow, everywhere(workflow, (text, member) => (member === 'stepId' ? rename(text) : text.replace(/\$steps\.([\w-]+)/g, (_, id) => `$steps.${rename(id)}`))))
  }
}

/** Gives a copy of a value in which change has been put to every text, with the name of its member. */
function everywhere(value, change, member) {
  if (typeof value === 'string') return change(value, member)
  if (Array.isArray(value)) return value.map((entry) => everywhere(entry, change, member))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, everywhere(entry, change, name)]))
}
