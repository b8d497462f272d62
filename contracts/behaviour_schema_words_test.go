package contracts_test

import "strings"

// What the schema says beyond the types of the words. A value is the name of a list of known words, or a JSON object that
// is the schema of a single value; behind "whole:" it is that of the word as it stands.
var valuesOf = map[string]string{
	"Behaviour.validationStatus": failing, "Behaviour.parameterStatus": `whole:{"type": "object", "propertyNames": {"enum": "{{place}}"}, "additionalProperties": ` + failing + `}`,
	"Behaviour.order":         "stage",
	"Behaviour.authorization": `{"const": "strict"}`, "Behaviour.accept": `{"const": "ignore"}`,
	"ClientBehaviour.accept": `{"type": "string", "pattern": "^[^*/\\s]+/[^*\\s]+"}`, "ClientBehaviour.uploads": natural,
	"ErrorTemplate.status":        `{"anyOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"type": "string", "pattern": "^([1-5][0-9][0-9]|[1-5]XX|default)$"}]}`,
	"Serve.status":                `{"type": "string", "pattern": "^/"}`,
	"ResourceBehaviour.order":     "order",
	"ResourceBehaviour.count":     natural,
	"ResourceBehaviour.partition": `{"type": "string", "pattern": "^[ ,]*(account|environment)([ ,]+(account|environment))*[ ,]*$"}`,

	"OperationBehaviour.role": "role", "OperationBehaviour.session": "session", "OperationBehaviour.keys": "keys", "OperationBehaviour.webhook": "keys",
	"OperationBehaviour.verify": "signature", "OperationBehaviour.item": slash, "OperationBehaviour.input": slash,
	"OperationBehaviour.status": status, "OperationBehaviour.weight": `{"type": "integer", "minimum": 0, "maximum": 1000000000}`,
	"Answer.status": status, "Page.style": "page", "Page.size": natural, "Page.max": natural, "SchemaBehaviour.make": "make",
	"Condition.minimum": decimal, "Condition.maximum": decimal, "Condition.exclusiveMinimum": decimal, "Condition.exclusiveMaximum": decimal,
	"Transition.after": lasting,
	"Derivation.sum":   source, "Derivation.count": added, "Derivation.min": added, "Derivation.max": added, "Derivation.first": added,
	"Derivation.last": added, "Derivation.concat": added,

	"CredentialBehaviour.name": someText, "CredentialBehaviour.kind": "credential", "CredentialBehaviour.csrf": "csrf", "CredentialBehaviour.reuse": "reuse",
	"CredentialBehaviour.endedBy": "end", "CredentialBehaviour.algorithm": "algorithm", "CredentialBehaviour.provider": "flavour",
	"CredentialBehaviour.allows": "allow", "CredentialBehaviour.roles": "allow", "CredentialBehaviour.browser": "browser",
	"CredentialBehaviour.csrfStatus": `{"type": "integer", "minimum": 400, "maximum": 499}`, "CredentialBehaviour.format": `{"type": "string", "format": "regex"}`,
	"CredentialBehaviour.lifetime": duration, "CredentialBehaviour.grace": duration, "CredentialBehaviour.sliding": duration, "CredentialBehaviour.skew": duration,
	"Provider.flavour": "flavour", "Provider.reuse": "reuse", "Provider.refreshFor": `{"enum": ["all", "offline_access"]}`, "Provider.accessToken": `{"enum": ["jwt", "opaque"]}`,
	"Provider.reuseGrace": duration, "Provider.code": duration, "Provider.access": duration, "Provider.refresh": duration, "Provider.device": duration,
	"Idempotency.variant": `{"enum": ["draft", "stripe"]}`, "Idempotency.concurrent": `{"enum": ["wait", "conflict"]}`, "Idempotency.errors": `{"enum": ["replay", "retry"]}`,
	"Idempotency.keep":  duration,
	"Realtime.protocol": "protocol", "Realtime.path": `{"type": "string", "pattern": "^(/.*)?/\\{key\\}(/.*)?$"}`, "Realtime.activityTimeout": lasting,
	"Realtime.ping": lasting, "Realtime.maxMessage": `{"type": "integer", "minimum": 0, "maximum": 262144}`,

	"LimitBehaviour.name": `{"type": ["string", "integer"], "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}`, "LimitBehaviour.algorithm": "limit", "LimitBehaviour.align": "align",
	"LimitBehaviour.limit": `{"type": "integer", "minimum": 1, "maximum": 1000000000}`, "LimitBehaviour.burst": `{"type": "integer", "minimum": 0, "maximum": 1000000000}`,
	"LimitBehaviour.window": `{"anyOf": [{"enum": ["day", "month"]}, {"$ref": "#/$defs/lasting"}]}`,
	"LimitBehaviour.per":    `{"type": "string", "pattern": "^ *({{per|}}) *(, *({{per|}}) *)*$"}`,
	"LimitHeaders.profile":  "profile", "LimitHeaders.on": "on", "LimitHeaders.retryAfterForm": "retryAfter",
	"LimitHeaders.names":  `whole:{"type": "object", "propertyNames": {"enum": "{{headerRole}}"}, "additionalProperties": {"$ref": "#/$defs/header"}}`,
	"LimitHeaders.status": failing,

	"EventBehaviour.signature": "signature", "EventBehaviour.header": header, "EventBehaviour.tolerance": `{"anyOf": [{"const": "none"}, {"$ref": "#/$defs/lasting"}]}`,
	"EventBehaviour.secret": variable, "EventBehaviour.from": `{"type": "string", "pattern": "^(/|#$|none$)"}`, "EventBehaviour.id": place,
	"EventBehaviour.type": place, "EventBehaviour.at": place,
	"WebhookBehaviour.schedule":    `whole:{"anyOf": [{"enum": "{{schedule}}"}, {"$ref": "#/$defs/duration"}, {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/$defs/duration"}}]}`,
	"WebhookBehaviour.timeout":     lasting,
	"WebhookBehaviour.jitter":      `{"type": "string", "pattern": "^(100|[0-9]{1,2})(\\.[0-9]+)? *%$"}`,
	"WebhookBehaviour.concurrency": `{"type": "integer", "minimum": 0, "maximum": 1000}`, "WebhookBehaviour.envelope": "envelope",
	"WebhookBehaviour.headers": deliveryHeaders, "EndpointBehaviour.headers": deliveryHeaders,
	"EndpointBehaviour.url": `{"type": "string", "pattern": "^https?://[^/@]+(/.*)?$"}`, "EndpointBehaviour.secret": variable,

	"FaultBehaviour.name": `{"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9._-]{0,63}$", "not": {"enum": "{{fault}}"}}`, "FaultBehaviour.kind": "fault",
	"FaultBehaviour.methods": `{"type": "string", "pattern": "^[A-Z0-9!#$%&'*+.^_|~-]{1,100}$"}`, "FaultBehaviour.path": slash,
	"FaultBehaviour.after": count, "FaultBehaviour.times": count, "FaultBehaviour.every": count, "FaultBehaviour.bytes": count, "FaultBehaviour.rate": count,
	"FaultBehaviour.probability": `{"type": "number", "minimum": 0, "maximum": 1}`, "FaultBehaviour.from": moment, "FaultBehaviour.until": moment,
	"FaultBehaviour.delay":     `{"type": "string", "pattern": "^([0-9.]+(ns|us|µs|ms|s|m|h)[0-9a-zµ.]*( *\\.\\. *[0-9].*)?|0|(normal|lognormal|percentiles)\\(.+\\))$"}`,
	"FaultBehaviour.status":    `{"type": "integer", "minimum": 200, "maximum": 599}`,
	"FaultBehaviour.code":      `{"type": ["string", "integer"], "pattern": "^[A-Za-z0-9_.-]{1,64}$"}`,
	"FaultBehaviour.mediaType": `{"type": "string", "pattern": "^[ -~]*/[ -~]*$"}`, "FaultBehaviour.member": slash, "FaultBehaviour.impact": `{"enum": ["degraded", "outage"]}`,
	"FaultBehaviour.headers": `whole:{"type": "object", "propertyNames": {"$ref": "#/$defs/header", "not": {"pattern": "{{~framing}}"}}, "additionalProperties": {"$ref": "#/$defs/line"}}`,
}

const (
	status          = `{"type": "integer", "anyOf": [{"const": 0}, {"minimum": 100, "maximum": 599}]}`
	failing         = `{"type": "integer", "anyOf": [{"const": 0}, {"minimum": 400, "maximum": 599}]}`
	natural         = `{"type": "integer", "minimum": 0}`
	count           = `{"type": "integer", "minimum": 0, "maximum": 1000000000}`
	slash           = `{"type": "string", "pattern": "^/"}`
	someText        = `{"$ref": "#/$defs/text", "minLength": 1}`
	source          = `{"type": "string", "pattern": "[^-/#]"}`
	added           = `{"type": "string", "pattern": "^[^-].*$", "not": {"pattern": "^[-/#]*$"}}`
	place           = `{"type": "string", "pattern": "^(/|none$)"}`
	decimal         = `{"$ref": "#/$defs/decimal"}`
	duration        = `{"$ref": "#/$defs/duration"}`
	lasting         = `{"$ref": "#/$defs/lasting"}`
	moment          = `{"$ref": "#/$defs/moment"}`
	variable        = `{"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}`
	header          = `{"$ref": "#/$defs/header"}`
	deliveryHeaders = `whole:{"type": "object", "propertyNames": {"$ref": "#/$defs/header", "not": {"pattern": "{{~ownHeaders}}"}}, "additionalProperties": {"$ref": "#/$defs/line"}}`
)

// togetherOf says which words of one mapping go together. What a second overlay may complete is left to the reader.
var togetherOf = map[string]string{
	"CredentialBehaviour": `{"required": ["name"], "dependentRequired": {"csrf": ["cookie"]}}`,
	"LimitBehaviour": `{"required": ["name", "limit"], "allOf": [
		{"if": {"properties": {"algorithm": {"const": "concurrency"}}, "required": ["algorithm"]}, "then": {"properties": {"window": false}}, "else": {"required": ["window"]}},
		{"if": {"properties": {"algorithm": {"const": "fixed-window"}}}, "else": {"properties": {"window": {"not": {"enum": ["day", "month"]}}, "align": false}}},
		{"if": {"properties": {"algorithm": {"enum": ["token-bucket", "gcra"]}}, "required": ["algorithm"]}, "else": {"properties": {"burst": {"const": 0}}}},
		{"if": {"properties": {"align": {"const": "first-request"}}, "required": ["align"]}, "then": {"properties": {"window": {"not": {"enum": ["day", "month"]}}}}},
		{"if": {"required": ["timezone"]}, "then": {"properties": {"window": {"enum": ["day", "month"]}, "timezone": {"not": {"const": "Local"}}}}}]}`,
	"EventBehaviour":    `{"if": {"required": ["prefix", "signature"]}, "then": {"properties": {"signature": {"enum": ["hmac-hex", "hmac-base64"]}}}}`,
	"Transition":        `{"anyOf": [{"required": ["to"]}, {"required": ["by"]}], "not": {"anyOf": [{"required": ["after", "dueAt"]}, {"required": ["by", "after"]}, {"required": ["by", "dueAt"]}]}}`,
	"Derivation":        `{"oneOf": [{"required": ["sum"]}, {"required": ["count"]}, {"required": ["min"]}, {"required": ["max"]}, {"required": ["first"]}, {"required": ["last"]}, {"required": ["concat"]}], "dependentRequired": {"times": ["sum"], "separator": ["concat"]}}`,
	"EndpointBehaviour": `{"required": ["url"]}`,
	"FaultBehaviour": `{"required": ["name", "kind"], "dependentRequired": {"impact": ["outage"], "every": ["times"]}, "allOf": [` + strings.TrimSpace(effectRules()) + `,
		{"if": {"properties": {"kind": {"const": "latency"}}}, "then": {"required": ["delay"]}},
		{"if": {"properties": {"kind": {"const": "status"}}, "required": ["mediaType"]}, "then": {"required": ["body"]}},
		{"if": {"required": ["outage"]}, "then": {"properties": {"off": {"const": false}}}}]}`,
}

// schemaHead says where words may stand: in an Overlay document, or in an OpenAPI document itself.
const schemaHead = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"title": "x-understudy",
	"description": "An Overlay document, or an OpenAPI document, with the words of behaviour in x-understudy. For editors; understudy contracts lint also knows what stands elsewhere in the document.",
	"type": "object",
	"anyOf": [{"required": ["overlay"]}, {"required": ["openapi"]}],
	"if": {"required": ["overlay"]},
	"then": {"$ref": "#/$defs/overlayDocument"},
	"else": {"$ref": "#/$defs/openapiDocument"}
}`

const (
	anySelector = `(\\.\\*|\\[\\*\\]|\\[ *'[^']*' *\\]|\\[ *\\\"[^\\\"]*\\\" *\\]|\\.[A-Za-z0-9_-]+)`
	verbs       = `(get|put|post|delete|options|head|patch|trace|query)`
	verb        = `(\\.\\*|\\[\\*\\]|\\.` + verbs + `|\\[ *['\\\"]` + verbs + `['\\\"] *\\])`
	ours        = `^\\$(\\.x-understudy|\\[ *['\\\"]x-understudy['\\\"] *\\])$`
	anItem      = `^\\$\\.(paths|webhooks)` + anySelector + `$`
	anOperation = `^\\$\\.(paths|webhooks)` + anySelector + verb + `$`
)

// schemaPlaces is what may carry x-understudy.
const schemaPlaces = `{
	"overlayDocument": {
		"type": "object",
		"required": ["overlay", "info", "actions"],
		"additionalProperties": false,
		"patternProperties": {"^x-": true},
		"properties": {
			"overlay": {"description": "Version of the Overlay Specification.", "type": "string", "pattern": "^1\\.[01]\\.[0-9]+$"},
			"info": {"type": "object", "required": ["title", "version"], "additionalProperties": false, "patternProperties": {"^x-": true}, "properties": {"title": {"type": "string"}, "version": {"type": "string"}, "description": {"type": "string"}}},
			"extends": {"description": "The document that it is for.", "type": "string"},
			"actions": {"type": "array", "minItems": 1, "uniqueItems": true, "items": {"$ref": "#/$defs/action"}}
		}
	},
	"action": {
		"type": "object",
		"required": ["target"],
		"additionalProperties": false,
		"patternProperties": {"^x-": true},
		"properties": {
			"target": {"description": "JSONPath (RFC 9535) of what is changed: $ is the document, $.paths['/pets'].get an operation.", "type": "string", "pattern": "^\\$"},
			"description": {"type": "string"},
			"update": {"description": "Merged into what the target names."},
			"remove": {"type": "boolean"},
			"copy": {"description": "JSONPath of what is merged into the target. From 1.1 on.", "type": "string"}
		},
		"if": {"properties": {"target": {"const": "$"}}},
		"then": {"properties": {"update": {"$ref": "#/$defs/openapiDocument"}}},
		"else": {
			"if": {"properties": {"target": {"pattern": "` + ours + `"}}},
			"then": {"properties": {"update": {"$ref": "#/$defs/behaviour"}}},
			"else": {
				"if": {"properties": {"target": {"pattern": "` + anOperation + `"}}},
				"then": {"properties": {"update": {"$ref": "#/$defs/operation"}}},
				"else": {
					"if": {"properties": {"target": {"pattern": "` + anItem + `"}}},
					"then": {"properties": {"update": {"$ref": "#/$defs/pathItem"}}},
					"else": {
						"if": {"properties": {"target": {"pattern": "^\\$\\.components\\.schemas"}}},
						"then": {"properties": {"update": {"$ref": "#/$defs/elsewhere"}}}
					}
				}
			}
		}
	},
	"openapiDocument": {
		"type": "object",
		"properties": {
			"x-understudy": {"$ref": "#/$defs/behaviour"},
			"paths": {"$ref": "#/$defs/pathItems"},
			"webhooks": {"$ref": "#/$defs/pathItems"},
			"x-webhooks": {"$ref": "#/$defs/pathItems"},
			"components": {"properties": {"pathItems": {"$ref": "#/$defs/pathItems"}}, "additionalProperties": {"$ref": "#/$defs/elsewhere"}}
		}
	},
	"pathItems": {"additionalProperties": {"$ref": "#/$defs/pathItem"}},
	"pathItem": {
		"properties": {
			"x-understudy": {"$ref": "#/$defs/operationBehaviour"},
			"get": {"$ref": "#/$defs/operation"}, "put": {"$ref": "#/$defs/operation"}, "post": {"$ref": "#/$defs/operation"}, "delete": {"$ref": "#/$defs/operation"}, "options": {"$ref": "#/$defs/operation"},
			"head": {"$ref": "#/$defs/operation"}, "patch": {"$ref": "#/$defs/operation"}, "trace": {"$ref": "#/$defs/operation"}, "query": {"$ref": "#/$defs/operation"},
			"additionalOperations": {"additionalProperties": {"$ref": "#/$defs/operation"}}
		},
		"additionalProperties": {"$ref": "#/$defs/elsewhere"}
	},
	"operation": {
		"properties": {
			"x-understudy": {"$ref": "#/$defs/operationBehaviour"},
			"callbacks": {"additionalProperties": {"additionalProperties": {"$ref": "#/$defs/pathItem"}}}
		},
		"additionalProperties": {"$ref": "#/$defs/elsewhere"}
	},
	"elsewhere": {
		"description": "Below an operation or a component words stand on schemas only.",
		"properties": {"x-understudy": {"$ref": "#/$defs/schemaBehaviour"}},
		"additionalProperties": {"$ref": "#/$defs/elsewhere"},
		"items": {"$ref": "#/$defs/elsewhere"}
	}
}`

const goDuration = `([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)`

// schemaValues are the single values that several words take.
const schemaValues = `{
	"text": {"description": "YAML may also have it without quotes.", "type": ["string", "number", "boolean"]},
	"line": {"$ref": "#/$defs/text", "not": {"pattern": "[\\n\\r\\x00]"}},
	"decimal": {"anyOf": [{"type": "number"}, {"type": "string", "pattern": "^-?[0-9]{1,200}(\\.[0-9]{1,200})?([eE][+-]?[0-9]{1,2})?$"}]},
	"duration": {"description": "As Go writes it: 30s, 15m, 24h, 1h30m.", "anyOf": [{"const": 0}, {"type": "string", "pattern": "^\\+?(0|(` + goDuration + `)+)$"}]},
	"lasting": {"description": "Above zero, as Go writes it: 30s, 15m, 24h, 1h30m.", "type": "string", "pattern": "^\\+?(` + goDuration + `)+$", "not": {"pattern": "^\\+?([0.]+(ns|us|µs|μs|ms|s|m|h))+$"}},
	"moment": {"description": "An instant of RFC 3339, or a duration behind the start: 5m.", "anyOf": [{"$ref": "#/$defs/duration"}, {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"}]},
	"header": {"description": "Name of a header.", "type": "string", "pattern": "^[A-Za-z0-9!#$%&'*+.^_` + "`" + `|~-]{1,100}$"}
}`
