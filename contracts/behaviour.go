package contracts

import (
	"understudy/contracts/schema"
)

// This file is the one place where extension fields are read. There is one prefix, x-understudy; it may
// stand at the root of a document, on a path item, on an operation and on a schema. Every word
// that may stand inside it is a field below; a word that is not here is an error that names file, line and
// the nearest known word.

// Behaviour is x-understudy at the root of the document: what the contract as a whole does beyond OpenAPI.
type Behaviour struct {
	Name       string            `yaml:"name"`             // short name of the contract
	BaseURL    string            `yaml:"baseUrl"`          // the vendor's public base URL; empty: servers[0]
	EnvNames   []Env             `yaml:"env"`              // environment lines printed at the start
	Errors     []ErrorTemplate   `yaml:"errors"`           // shapes of errors that the document does not describe, first match wins
	Messages   map[string]string `yaml:"messages"`         // texts of violations by keyword, "format:email" or "minLength"; {limit}, {field}, {want}, {got} are filled in
	Validation int               `yaml:"validationStatus"` // status of a body or parameter that breaks its schema; 0: 422 if the operation documents it, else 400
	// ParameterStatus is the status of a parameter that breaks its schema, by where it stands (path, query, header,
	// cookie), where that is not Validation: {path: 404, query: 400}.
	ParameterStatus map[string]int `yaml:"parameterStatus"`

	Order     []string                     `yaml:"order"` // stages in the vendor's order, where it differs: [admit, authenticate]
	Serve     Serve                        `yaml:"serve"`
	CORS      *CORS                        `yaml:"cors"`      // nil: no CORS headers unless the user asks for them
	TLSOnly   bool                         `yaml:"tlsOnly"`   // plain HTTP is refused where --tls is on
	Resources map[string]ResourceBehaviour `yaml:"resources"` // by collection path: "/contacts"
	Seed      map[string][]any             `yaml:"seed"`      // items that exist from the start, by collection path

	Credentials  []CredentialBehaviour     `yaml:"credentials"`
	Plans        map[string]Plan           `yaml:"plans"`
	Limits       []LimitBehaviour          `yaml:"limits"`
	LimitHeaders *LimitHeaders             `yaml:"limitHeaders"`
	Events       map[string]EventBehaviour `yaml:"events"`
	Webhooks     *WebhookBehaviour         `yaml:"webhooks"` // nil: deliveries are made as the defaults of its words say
	Modules      map[string]Module         `yaml:"modules"`  // parts of the API that can be switched off as a whole
	Faults       []FaultBehaviour          `yaml:"faults"`   // trouble that is ordered from the start

	Challenge   string       `yaml:"challenge"`   // WWW-Authenticate of a 401; empty: made from the security schemes; "none": no such header
	Accounts    []Account    `yaml:"accounts"`    // customers of the vendor that exist from the start
	Idempotency *Idempotency `yaml:"idempotency"` // nil: only where an operation declares the header Idempotency-Key
	Realtime    *Realtime    `yaml:"realtime"`    // nil: there is no WebSocket endpoint
	Provider    *Provider    `yaml:"provider"`    // nil: made from the security schemes that need one
	// Authorization is how exactly the header of that name is read: "strict" wants one blank behind the scheme; empty: one
	// or more, as RFC 9110, 11.4 has it.
	Authorization string `yaml:"authorization"`
	// Accept is what becomes of a client that takes none of the documented media types: "ignore" answers in the first of them
	// all the same; empty: 406.
	Accept string `yaml:"accept"`
	// Clients is what the vendor asks of those who call; nil: nothing beyond the document.
	Clients *ClientBehaviour `yaml:"clients"`

	At schema.Location `yaml:"-"`
}

// Env is one environment line that a client of the vendor reads.
type Env struct {
	Name string `yaml:"name"`
	// From says what stands behind it: "baseUrl", the name of an entry of credentials or of a webhook secret,
	// realtime.id, realtime.key or realtime.secret.
	From string `yaml:"from"`
}

// An ErrorTemplate is the shape of an error answer.
type ErrorTemplate struct {
	Status    []string          `yaml:"status"`    // "404", "4XX", "default"; empty: every error
	Code      string            `yaml:"code"`      // the reason it is for, as in Problem.Code; empty: every reason
	MediaType string            `yaml:"mediaType"` // empty: application/json
	Headers   map[string]string `yaml:"headers"`
	// Body is any value. In its strings {status}, {title} (the status phrase), {message}, {code}, {method}, {path},
	// {route} (the path without its first slash), {allow}, and of the first violation {field} and {violation}
	// are filled in; {more} is " (and 1 more error)" and the like. A string that is exactly "{status}" becomes a
	// number, one that is exactly "{errors}" the violations' texts by field. A list whose single item holds
	// {field} or {violation} is repeated once for each violation.
	Body any `yaml:"body"`
	// Message replaces Problem.Detail in this shape: "Validation failed".
	Message string `yaml:"message"`
}

// Serve names paths at which the contract's own description, a page to try it and a status document are served, below the
// base path. Without a word nothing stands there.
type Serve struct {
	Description string `yaml:"description"` // "/openapi.json"
	Page        string `yaml:"page"`        // "/docs"
	Status      string `yaml:"status"`      // "/status": what is down and was down, as faults with the word outage say it
}

// CORS says which browsers' origins may call.
type CORS struct {
	Origins     []string `yaml:"origins"` // "*" or exact origins
	Credentials bool     `yaml:"credentials"`
	Expose      []string `yaml:"expose"`
}

// ResourceBehaviour overrides what is inferred of a collection.
type ResourceBehaviour struct {
	ID     string   `yaml:"id"`     // property that holds the id
	Param  string   `yaml:"param"`  // path parameter that holds the id
	Unique []string `yaml:"unique"` // properties whose values no two items share: 409
	Order  string   `yaml:"order"`  // "oldest" (default) or "newest" first in lists
	Count  int      `yaml:"count"`  // items made up at the start; 0: none but examples and seeds
	// Partition is what separates the items of callers: "environment", "account" or both, with a comma. Empty: as the
	// collection that this one is nested in, else all see the same.
	Partition string `yaml:"partition"`

	States *StateMachine          `yaml:"states"` // nil: items have no states that anybody watches over
	Derive map[string]*Derivation `yaml:"derive"` // member, or JSON Pointer → how it is worked out
}

// OperationBehaviour is x-understudy on an operation.
type OperationBehaviour struct {
	Resource string            `yaml:"resource"` // collection path the operation works on
	Role     string            `yaml:"role"`     // create, list, read, update, replace, delete, clear, action, upload, download, singleton, none
	Item     string            `yaml:"item"`     // JSON Pointer in the response body to the item or the list of items: "/data"
	Input    string            `yaml:"input"`    // JSON Pointer in the request body to the item
	Match    map[string]string `yaml:"match"`    // path or query parameter → property of the item
	Set      map[string]any    `yaml:"set"`      // members that the operation sets on the item: {status: archived}; {now}, {now+30m}, {uuid}, {item.x} are filled in
	Fill     map[string]any    `yaml:"fill"`     // members of the answer, by JSON Pointer, that are set to a value or taken from the request: {"/limit": "{query.limit}"}
	Requires map[string]any    `yaml:"requires"` // members that the item must have, else 409
	Status   int               `yaml:"status"`   // status of the good answer, where the document lists several
	Example  string            `yaml:"example"`  // name of the example that is the good answer
	Answers  []Answer          `yaml:"answers"`  // answers chosen by what the request says, first match wins
	Page     *Page             `yaml:"page"`
	Filter   map[string]string `yaml:"filter"` // query parameter → property
	Search   []string          `yaml:"search"` // properties that a search parameter looks into
	Unique   []string          `yaml:"unique"`

	Scopes  []string `yaml:"scopes"` // of which the caller's credential must have one
	Read    bool     `yaml:"read"`   // a POST that only reads, for read-only keys
	Admin   bool     `yaml:"admin"`
	Limit   []string `yaml:"limit"`   // names of the limits that count it, instead of all that would otherwise
	Weight  *int     `yaml:"weight"`  // how many requests it counts for; absent: 1; 0: it is shown what is left and does not count
	Emits   []string `yaml:"emits"`   // events
	Session string   `yaml:"session"` // login, refresh, logout, verify; start and callback of a login at the identity provider
	Keys    string   `yaml:"keys"`    // list, create, read, update, delete, rotate: key management
	Webhook string   `yaml:"webhook"` // list, create, read, update, delete, rotate: management of the endpoints that events go to
	Verify  string   `yaml:"verify"`  // name of the signature scheme of an inbound webhook
	Module  string   `yaml:"module"`
	Assumed string   `yaml:"assumed"` // why the operation is in the document although the vendor did not write it: a requirement's id
	// Idempotency names the request header that makes repeats recognisable, where it is another than the contract's; "none":
	// repeats are carried out again.
	Idempotency string `yaml:"idempotency"`

	At schema.Location `yaml:"-"`
}

// An Answer is a good or bad answer chosen by the request.
type Answer struct {
	When    map[string]*Condition `yaml:"when"` // "body./email", "query.locale", "header.X-Test", "path.id" → what stands there
	Status  int                   `yaml:"status"`
	Example string                `yaml:"example"`
	Headers map[string]string     `yaml:"headers"`
	Body    any                   `yaml:"body"`
	// Then says that the operation is carried out all the same, and what else becomes of the item. Status, example and body
	// may then be left out: the operation's own answer is given.
	Then *Consequence `yaml:"then"`
}

// Page says how a list is paged, where it is not inferred.
type Page struct {
	Style    string `yaml:"style"` // page, offset, cursor, after (the id of the last item), link (pages by number, told in Link), limit (a size only), none
	Page     string `yaml:"page"`  // query parameter with the page's number
	Offset   string `yaml:"offset"`
	Limit    string `yaml:"limit"` // query parameter with the page's size
	Cursor   string `yaml:"cursor"`
	Size     int    `yaml:"size"` // page size when the client does not say; 0: the parameter's default, else 20
	Max      int    `yaml:"max"`
	Total    string `yaml:"total"` // JSON Pointer in the answer to the number of all items
	Pages    string `yaml:"pages"` // to the number of pages
	Next     string `yaml:"next"`  // to the next cursor, page or URL
	Previous string `yaml:"previous"`
	More     string `yaml:"more"` // to a boolean
}

// SchemaBehaviour is x-understudy on a schema.
type SchemaBehaviour struct {
	Make string `yaml:"make"` // kind of invented value: "email", "name", "price", "past", "future", "url" ...
}

// CredentialBehaviour describes one kind of credential that the vendor issues.
type CredentialBehaviour struct {
	Name        string         `yaml:"name"`   // "api-key"
	Kind        string         `yaml:"kind"`   // key, jwt, opaque, refresh, password
	Scheme      string         `yaml:"scheme"` // key of the security scheme it satisfies
	Format      string         `yaml:"format"` // regular expression of the text: "^ek_live_[a-z0-9]{20}$"
	Env         string         `yaml:"env"`
	Lifetime    string         `yaml:"lifetime"` // Go duration; empty: never expires
	Grace       string         `yaml:"grace"`    // how long a rotated credential stays good
	SingleUse   bool           `yaml:"singleUse"`
	Scopes      []string       `yaml:"scopes"`
	Environment string         `yaml:"environment"`
	Claims      map[string]any `yaml:"claims"`
	Algorithm   string         `yaml:"algorithm"`
	Issuer      string         `yaml:"issuer"`
	Cookie      string         `yaml:"cookie"`   // name and attributes: "session; Path=/; HttpOnly"
	States      []string       `yaml:"states"`   // of its life; only in the first one it is accepted
	Provider    string         `yaml:"provider"` // it is issued by the identity provider, of this flavour: rfc, authentik, google

	// Allows says what a scope or role permits beyond the operations that name it: "read" (safe methods and
	// operations marked read), "write" (all that are not marked admin) or "all".
	Allows  map[string]string `yaml:"allows"`
	CSRF    string            `yaml:"csrf"`    // how a cookie's unsafe requests are protected: origin, double-submit; empty: not at all
	Reuse   string            `yaml:"reuse"`   // a single-use credential that comes again: revoke-family (default), reject
	EndedBy []string          `yaml:"endedBy"` // what ends it before its time: password-change, logout

	// Roles says what a user's role permits where the credential stands for a user: "read", "write" or "all", as in
	// Allows. A role that is not named permits all.
	Roles      map[string]string `yaml:"roles"`
	Sliding    string            `yaml:"sliding"`    // Go duration: it ends when it was not used for so long; lifetime bounds it as a whole
	CSRFCookie string            `yaml:"csrfCookie"` // double-submit: cookie that scripts read the token from; empty: XSRF-TOKEN
	CSRFHeader string            `yaml:"csrfHeader"` // header that sends it back; empty: X-XSRF-TOKEN
	CSRFStatus int               `yaml:"csrfStatus"` // of the refusal; 0: 403
	Skew       string            `yaml:"skew"`       // Go duration by which another clock's tokens may be early or late; empty: none
	Audit      bool              `yaml:"audit"`      // every request with it is written down for audit
	// Browser says whether the vendor lets it be used by code in a browser, where anybody can read it: "forbid", or
	// "discourage" where another credential is meant for that; empty: nothing is said.
	Browser string `yaml:"browser"`

	At schema.Location `yaml:"-"`
}

// Provider describes the identity provider that issues tokens of OAuth and OpenID Connect.
type Provider struct {
	Flavour string `yaml:"flavour"` // "rfc" (default), "authentik" or "google": paths and departures from the RFCs
	Slug    string `yaml:"slug"`    // authentik: the application's slug; empty: the contract's name
	// RequirePKCE refuses authorization requests without a code challenge, AllowPlain takes the method plain.
	RequirePKCE bool   `yaml:"requirePKCE"`
	AllowPlain  bool   `yaml:"allowPlain"`
	Reuse       string `yaml:"reuse"`       // a used refresh token that comes again: revoke-family (default) or reject; authentik rejects
	ReuseGrace  string `yaml:"reuseGrace"`  // Go duration in which it gets the same answer again instead; empty: none
	Code        string `yaml:"code"`        // lifetime of authorization codes; empty: 1m
	Access      string `yaml:"access"`      // of access tokens where no credential says it; empty: 1h
	Refresh     string `yaml:"refresh"`     // of refresh tokens; empty: 720h
	Device      string `yaml:"device"`      // of device codes; empty: 10m, authentik 1m
	RefreshFor  string `yaml:"refreshFor"`  // who gets refresh tokens: "offline_access" (only with that scope) or "all"; empty: all, authentik offline_access
	AccessToken string `yaml:"accessToken"` // form of access tokens: "jwt" (default) or "opaque"

	At schema.Location `yaml:"-"`
}

// An Account is a customer of the vendor, to whom credentials, data and quotas belong.
type Account struct {
	ID    string `yaml:"id"`
	Name  string `yaml:"name"`
	Plan  string `yaml:"plan"` // key of plans; empty: no plan's limits
	Users []User `yaml:"users"`
}

// A User of an account can log in.
type User struct {
	ID       string `yaml:"id"`
	Name     string `yaml:"name"`
	Email    string `yaml:"email"`
	Password string `yaml:"password"` // empty: made up at the start and printed
	Role     string `yaml:"role"`
}

// Realtime is a WebSocket endpoint that shows events as they happen.
type Realtime struct {
	Protocol        string `yaml:"protocol"`        // "pusher" (default): Pusher protocol 7, as Laravel Reverb speaks it
	Path            string `yaml:"path"`            // below the base path, with the segment {key}; empty: "/app/{key}"
	Authorize       string `yaml:"authorize"`       // operation id that signs private channels
	ActivityTimeout string `yaml:"activityTimeout"` // Go duration told to clients; empty: 30s
	Ping            string `yaml:"ping"`            // Go duration of silence after which the server pings; empty: 60s
	MaxMessage      int    `yaml:"maxMessage"`      // bytes of a client's message and of a published event; 0: 10,000
	Module          string `yaml:"module"`          // without which the endpoint is not there
}

// EventBehaviour is one event that the vendor sends.
type EventBehaviour struct {
	Description string `yaml:"description"`
	Signature   string `yaml:"signature"` // stripe, standard-webhooks, github, shopify, slack, twilio, hmac-hex, hmac-base64, none; empty: by the webhook's header parameters
	Header      string `yaml:"header"`    // that carries the signature; empty: the kind's own name
	Prefix      string `yaml:"prefix"`    // before the value, for hmac-hex and hmac-base64: "sha256="
	Tolerance   string `yaml:"tolerance"` // Go duration by which a signed timestamp may be off; empty: as the kind prescribes; "none": it is not judged
	Secret      string `yaml:"secret"`    // environment name of the secret; empty: the contract's name and _WEBHOOK_SECRET
	// Payload is the body of the event, in place of the document's example: what the words below point at is put into it.
	Payload any `yaml:"payload"`
	// From, ID, Type and Created are JSON Pointers in the payload: to where the item that caused the event stands (# is
	// the whole payload), to the event's id, to its name, and to the time it happened. Empty: the usual places that the
	// payload has, such as /data/object, /id, /type and /created. "none": nowhere.
	From    string `yaml:"from"`
	ID      string `yaml:"id"`
	Type    string `yaml:"type"`
	Created string `yaml:"at"`
	Family  string `yaml:"family"` // name of a group of events that are switched on and off together
	// Channel is the realtime channel that shows the event: "private-orders.{payload./data/id}"; empty: none.
	Channel string `yaml:"channel"`
	Assumed string `yaml:"assumed"`
	// When says what must hold of the exchange that causes the event: "response./valid" of its answer, "item./status" of the
	// item that changed, and of the request whatever answers can ask for. Empty: that it succeeded is enough.
	When map[string]*Condition `yaml:"when"`
	// Creates lists what the event brings into being, once for each event id however often it is delivered.
	Creates []Creation `yaml:"creates"`

	At schema.Location `yaml:"-"`
}

// A Creation makes items of a collection out of an event.
type Creation struct {
	Resource string `yaml:"resource"` // collection path
	// Each is a JSON Pointer in the payload to a list, or to a string that holds a JSON list: one item for each
	// entry. Empty: one item.
	Each string `yaml:"each"`
	// Set gives members of the item; "{payload./data/object/id}" and "{each}" are filled in, the rest is made up.
	Set map[string]any `yaml:"set"`
}

// A Module is a part of the API that can be switched off.
type Module struct {
	Description string `yaml:"description"`
	Off         bool   `yaml:"off"`
}
