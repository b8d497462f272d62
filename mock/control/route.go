package control

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// A route is one operation of the API.
type route struct {
	method     string
	path       string
	operation  string   // its operationId in the document
	parameters []string // query parameters that it knows
	run        func(*call) error
	contract   bool // the path names a contract; set by routes
	apart      bool // it is about the contract as a whole: no sandbox can be meant
	recorded   bool // a bundle of the contract's own world needs it nevertheless
	unrecorded bool // a bundle has no use for it: it changes nothing, or not the world
}

// changes says that the route changes a world.
func (r *route) changes() bool {
	return r.method != http.MethodGet && !r.unrecorded && (r.recorded || !r.apart)
}

// authorizationAnswer is what authorization servers send the browser back with (RFC 6749, 4.1.2; RFC 9207, 2; OpenID Connect Session
// Management 1.0, 2). The page's script reads it.
var authorizationAnswer = []string{"code", "state", "iss", "session_state", "scope", "error", "error_description", "error_uri"}

// filters choose entries of the journal.
var filters = []string{"operation", "method", "path", "status", "problem"}

// routes is everything that the API can do, in the order of the document. Those about a contract can mean one of its sandboxes.
func (h *Handler) routes() []route {
	list := h.table()
	for i := range list {
		r := &list[i]
		if r.contract = strings.Contains(r.path, "{contract}"); r.contract && !r.apart {
			r.parameters = append(slices.Clip(r.parameters), sandboxParameter)
		}
	}
	return list
}

func (h *Handler) table() []route {
	const one = "/contracts/{contract}"
	span := append([]string{"after", "limit", "since", "until"}, filters...)
	list := []route{
		{method: "GET", path: "/health", operation: "getHealth", run: h.health},
		{method: "GET", path: "/ready", operation: "getReady", run: h.readiness},
		{method: "GET", path: "/version", operation: "getVersion", run: h.version},
		{method: "GET", path: "/metrics", operation: "getMetrics", run: h.metrics},
		{method: "GET", path: "/debug/pprof/{profile}", operation: "getProfile", parameters: profileParameters, run: h.profile},
		{method: "GET", path: "/clock", operation: "getClock", run: h.clock},
		{method: "POST", path: "/clock", operation: "moveClock", run: h.moveClock},
		{method: "GET", path: "/clock/pending", operation: "listPending", parameters: []string{"limit"}, run: h.pending},
		{method: "GET", path: "/status", operation: "getStatus", run: h.status},
		{method: "POST", path: "/reset", operation: "resetAll", run: h.resetAll},
		{method: "GET", path: "/openapi.json", operation: "getDescription", run: h.description},

		{method: "GET", path: "/contracts", operation: "listContracts", run: h.listContracts},
		{method: "GET", path: one, operation: "getContract", run: getContract},
		{method: "GET", path: one + "/openapi.json", operation: "getContractDescription", run: getContractDescription},
		{method: "GET", path: one + "/page", operation: "getContractPage", run: getContractPage},
		{method: "GET", path: one + "/page/oauth2-redirect.html", operation: "getContractPageRedirect", parameters: authorizationAnswer, run: getContractPage},
		{method: "GET", path: one + "/page/{asset}", operation: "getContractPageAsset", run: getContractPage},
		{method: "GET", path: one + "/explain", operation: "explainContract", parameters: []string{"format"}, run: explainContract},

		{method: "GET", path: one + "/journal", operation: "listJournal", parameters: append([]string{"bodies", "secrets"}, span...), run: listJournal},
		{method: "DELETE", path: one + "/journal", operation: "clearJournal", unrecorded: true, run: clearJournal},
		{method: "GET", path: one + "/journal/follow", operation: "followJournal", parameters: append([]string{"after", "bodies", "secrets"}, filters...), run: h.follow},
		{method: "GET", path: one + "/journal/{id}", operation: "getJournalEntry", parameters: []string{"secrets"}, run: getJournalEntry},
		{method: "GET", path: one + "/journal.har", operation: "exportJournal", parameters: append([]string{"secrets"}, span...), run: exportJournal},
		{method: "POST", path: one + "/try", operation: "tryRequest", unrecorded: true, run: try}, // what it sends is recorded itself

		{method: "GET", path: one + "/state", operation: "listCollections", parameters: worldParameters, run: listCollections},
		{method: "GET", path: one + "/state/items", operation: "listItems", parameters: append([]string{"collection", "scope[]", "text", "offset", "limit"}, worldParameters...), run: listItems},
		{method: "GET", path: one + "/state/item", operation: "getItem", parameters: itemParameters, run: getItem},
		{method: "PUT", path: one + "/state/item", operation: "putItem", parameters: itemParameters, run: putItem},
		{method: "DELETE", path: one + "/state/item", operation: "deleteItem", parameters: itemParameters, run: deleteItem},
		{method: "POST", path: one + "/state/reset", operation: "resetState", run: resetState},
		{method: "GET", path: one + "/state/export", operation: "exportState", run: exportState},
		{method: "POST", path: one + "/state/import", operation: "importState", run: importState},

		{method: "GET", path: one + "/clock", operation: "getContractClock", run: h.contractClock},
		{method: "POST", path: one + "/clock", operation: "moveContractClock", unrecorded: true, run: h.moveContractClock},
		{method: "GET", path: one + "/clock/pending", operation: "listContractPending", parameters: []string{"limit"}, run: h.contractPending},

		{method: "GET", path: one + "/sandboxes", operation: "listSandboxes", parameters: []string{"offset", "limit"}, apart: true, run: listSandboxes},
		{method: "POST", path: one + "/sandboxes", operation: "createSandbox", apart: true, run: createSandbox},
		{method: "GET", path: one + "/sandboxes/{sandbox}", operation: "getSandbox", apart: true, run: getSandbox},
		{method: "DELETE", path: one + "/sandboxes/{sandbox}", operation: "dropSandbox", apart: true, run: dropSandbox},
		{method: "GET", path: one + "/snapshots", operation: "listSnapshots", apart: true, run: listSnapshots},
		{method: "POST", path: one + "/snapshots/import", operation: "importSnapshot", parameters: []string{"name", "force"}, apart: true, recorded: true, run: importSnapshot},
		{method: "PUT", path: one + "/snapshots/{snapshot}", operation: "saveSnapshot", run: saveSnapshot},
		{method: "DELETE", path: one + "/snapshots/{snapshot}", operation: "forgetSnapshot", apart: true, run: forgetSnapshot},
		{method: "POST", path: one + "/snapshots/{snapshot}/restore", operation: "restoreSnapshot", run: restoreSnapshot},
		{method: "GET", path: one + "/snapshots/{snapshot}/export", operation: "exportSnapshot", apart: true, run: exportSnapshot},
		{method: "GET", path: one + "/bundle", operation: "getBundle", run: h.getBundle},

		{method: "GET", path: one + "/keys", operation: "listKeys", parameters: append([]string{"offset", "limit"}, keyFilters...), run: listKeys},
		{method: "POST", path: one + "/keys", operation: "createKey", run: createKey},
		{method: "GET", path: one + "/keys/{id}", operation: "getKey", run: getKey},
		{method: "PATCH", path: one + "/keys/{id}", operation: "changeKey", run: changeKey},
		{method: "DELETE", path: one + "/keys/{id}", operation: "revokeKey", parameters: []string{"confirm"}, run: revokeKey},
		{method: "POST", path: one + "/keys/{id}/rotate", operation: "rotateKey", run: rotateKey},
		{method: "GET", path: one + "/credentials", operation: "listCredentials", parameters: append([]string{"family", "offset", "limit"}, keyFilters...), run: listCredentials},
		{method: "GET", path: one + "/credential-classes", operation: "listCredentialClasses", run: listClasses},
		{method: "PATCH", path: one + "/credential-classes/{class}", operation: "changeCredentialClass", run: changeClass},
		{method: "GET", path: one + "/ready-credentials", operation: "listReadyCredentials", run: listReady},
		{method: "POST", path: one + "/tokens", operation: "createToken", run: createToken},
		{method: "POST", path: one + "/tokens/revoke", operation: "revokeTokens", run: revokeTokens},
		{method: "POST", path: one + "/tokens/decode", operation: "decodeToken", unrecorded: true, run: decodeToken},
		{method: "GET", path: one + "/signing-keys", operation: "getSigningKeys", run: getSigningKeys},
		{method: "POST", path: one + "/signing-keys/rotate", operation: "rotateSigningKeys", run: rotateSigningKeys},
		{method: "GET", path: one + "/identity", operation: "getIdentity", run: getIdentity},
		{method: "GET", path: one + "/audit", operation: "listAudit", parameters: []string{"after", "limit", "format"}, run: listAudit},

		{method: "GET", path: one + "/accounts", operation: "listAccounts", run: listAccounts},
		{method: "POST", path: one + "/accounts", operation: "createAccount", run: createAccount},
		{method: "GET", path: one + "/accounts/{id}", operation: "getAccount", run: getAccount},
		{method: "PUT", path: one + "/accounts/{id}", operation: "putAccount", run: putAccount},
		{method: "GET", path: one + "/users", operation: "listUsers", parameters: []string{"account"}, run: listUsers},
		{method: "POST", path: one + "/users", operation: "createUser", run: createUser},
		{method: "GET", path: one + "/users/{id}", operation: "getUser", run: getUser},
		{method: "PUT", path: one + "/users/{id}", operation: "putUser", run: putUser},
		{method: "POST", path: one + "/users/{id}/password", operation: "setPassword", run: setPassword},
		{method: "GET", path: one + "/clients", operation: "listClients", run: listClients},
		{method: "POST", path: one + "/clients", operation: "createClient", run: createClient},
		{method: "DELETE", path: one + "/clients/{id}", operation: "deleteClient", run: deleteClient},

		{method: "GET", path: one + "/limits", operation: "listLimits", parameters: []string{"limit", "subject", "count"}, run: listLimits},
		{method: "POST", path: one + "/limits/set", operation: "setLimit", run: setLimit},
		{method: "POST", path: one + "/limits/drain", operation: "drainLimits", run: drainLimits},
		{method: "POST", path: one + "/limits/reset", operation: "resetLimits", run: resetLimits},

		{method: "GET", path: one + "/faults", operation: "listFaults", run: listFaults},
		{method: "POST", path: one + "/faults", operation: "addFault", run: addFault},
		{method: "DELETE", path: one + "/faults", operation: "clearFaults", run: clearFaults},
		{method: "GET", path: one + "/faults/{fault}", operation: "getFault", run: getFault},
		{method: "DELETE", path: one + "/faults/{fault}", operation: "removeFault", run: removeFault},
		{method: "GET", path: one + "/modules", operation: "listModules", run: listModules},
		{method: "PUT", path: one + "/modules/{module}", operation: "putModule", run: putModule},
	}
	return append(append(list, h.webhookTable(one)...), h.runTable(one)...)
}

// runTable is the part of the table about the judge.
func (h *Handler) runTable(one string) []route {
	return []route{
		{method: "GET", path: one + "/suites", operation: "listSuites", apart: true, run: h.listSuites},
		{method: "GET", path: one + "/runs", operation: "listRuns", apart: true, run: h.listRuns},
		{method: "POST", path: one + "/runs", operation: "startRun", unrecorded: true, run: h.startRun},
		{method: "GET", path: one + "/runs/{run}", operation: "getRun", apart: true, run: h.getRun},
		{method: "POST", path: one + "/runs/{run}/stop", operation: "stopRun", apart: true, unrecorded: true, run: h.stopRun},
		{method: "GET", path: one + "/runs/{run}/follow", operation: "followRun", apart: true, run: h.followRun},
		{method: "GET", path: one + "/runs/{run}/report", operation: "getRunReport", parameters: []string{"format", "pass"}, apart: true, run: h.getRunReport},
	}
}

// webhookTable is the part of the table about what others are told, and what they tell.
func (h *Handler) webhookTable(one string) []route {
	return []route{
		{method: "GET", path: one + "/endpoints", operation: "listEndpoints", run: listEndpoints},
		{method: "POST", path: one + "/endpoints", operation: "createEndpoint", run: createEndpoint},
		{method: "GET", path: one + "/endpoints/{endpoint}", operation: "getEndpoint", run: getEndpoint},
		{method: "PATCH", path: one + "/endpoints/{endpoint}", operation: "changeEndpoint", run: changeEndpoint},
		{method: "DELETE", path: one + "/endpoints/{endpoint}", operation: "deleteEndpoint", run: deleteEndpoint},
		{method: "POST", path: one + "/endpoints/{endpoint}/rotate", operation: "rotateEndpointSecret", run: rotateEndpoint},

		{method: "GET", path: one + "/events", operation: "listEvents", parameters: []string{"family", "samples"}, run: listEvents},
		{method: "POST", path: one + "/events", operation: "sendEvent", run: sendEvent},
		{method: "POST", path: one + "/events/sign", operation: "signEvent", unrecorded: true, run: signEvent},
		{method: "POST", path: one + "/events/verify", operation: "verifyEvent", unrecorded: true, run: verifyEvent},
		{method: "GET", path: one + "/events/{type}", operation: "getEvent", run: getEvent},
		{method: "GET", path: one + "/events/{type}/curl", operation: "curlEvent", parameters: []string{"url", "endpoint", "format"}, run: curlEvent},
		{method: "GET", path: one + "/event-families", operation: "listEventFamilies", run: listEventFamilies},
		{method: "PUT", path: one + "/event-families/{family}", operation: "putEventFamily", run: putEventFamily},
		{method: "GET", path: one + "/told-events", operation: "listToldEvents", parameters: []string{"type", "account", "environment", "before", "limit"}, run: listToldEvents},
		{method: "GET", path: one + "/told-events/{event}", operation: "getToldEvent", run: getToldEvent},
		{method: "POST", path: one + "/told-events/{event}/replay", operation: "replayToldEvent", run: replayToldEvent},

		{method: "GET", path: one + "/deliveries", operation: "listDeliveries", parameters: append([]string{"before", "limit"}, deliveryFilters...), run: listDeliveries},
		{method: "POST", path: one + "/deliveries/wait", operation: "waitForDelivery", unrecorded: true, run: h.waitDelivery},
		{method: "POST", path: one + "/deliveries/replay", operation: "replayDeliveries", run: replayDeliveries},
		{method: "GET", path: one + "/deliveries/{delivery}", operation: "getDelivery", run: getDelivery},
		{method: "POST", path: one + "/deliveries/{delivery}/replay", operation: "replayDelivery", run: replayDelivery},
		// What a replayed bundle delivers is taken at once, so that nothing is left to be cancelled.
		{method: "POST", path: one + "/deliveries/{delivery}/cancel", operation: "cancelDelivery", unrecorded: true, run: cancelDelivery},
		{method: "GET", path: one + "/misbehaviours", operation: "listMisbehaviours", run: listMisbehaviours},
		{method: "POST", path: one + "/misbehaviours", operation: "orderMisbehaviour", run: orderMisbehaviour},
		{method: "DELETE", path: one + "/misbehaviours", operation: "clearMisbehaviours", run: clearMisbehaviours},
		{method: "DELETE", path: one + "/misbehaviours/{misbehaviour}", operation: "cancelMisbehaviour", run: cancelMisbehaviour},

		// The inbox and who is connected are the other side of the wire, and no part of the world that a bundle repeats.
		{method: "GET", path: one + "/inbox", operation: "listInbox", parameters: append([]string{"after", "limit", "bodies"}, inboxFilters...), run: listInbox},
		{method: "DELETE", path: one + "/inbox", operation: "clearInbox", parameters: []string{"answers"}, unrecorded: true, run: clearInbox},
		{method: "POST", path: one + "/inbox/wait", operation: "waitForInbox", unrecorded: true, run: waitInbox},
		{method: "PUT", path: one + "/inbox/answers", operation: "scriptInbox", unrecorded: true, run: scriptInbox},
		{method: "GET", path: one + "/inbound", operation: "getInbound", parameters: []string{"limit"}, run: getInbound},
		{method: "PUT", path: one + "/inbound/secrets/{name}", operation: "setInboundSecrets", run: setInboundSecrets},
		{method: "GET", path: one + "/realtime", operation: "getRealtime", run: getRealtime},
		{method: "POST", path: one + "/realtime/publish", operation: "publishRealtime", unrecorded: true, run: publishRealtime},
		{method: "POST", path: one + "/realtime/disconnect", operation: "disconnectRealtime", unrecorded: true, run: disconnectRealtime},
		{method: "POST", path: one + "/realtime/refuse", operation: "refuseRealtime", unrecorded: true, run: refuseRealtime},
	}
}

// keyFilters choose credentials.
var keyFilters = []string{"class", "kind", "account", "environment", "state", "user", "client"}

// itemParameters name one item.
var itemParameters = append([]string{"collection", "id", "scope[]"}, worldParameters...)

// worldParameters say whose items are meant, where the contract keeps those of accounts or environments apart.
var worldParameters = []string{"account", "environment"}

// mount makes the routes reachable; what is none of them is a 404 or 405 of ours.
func (h *Handler) mount() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string]map[string]*route{}
	for _, r := range h.routes() {
		if methods[r.path] == nil {
			methods[r.path] = map[string]*route{}
		}
		methods[r.path][r.method] = &r
	}
	for path, known := range methods {
		var allow []string
		for method := range known {
			if allow = append(allow, method); method == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
		slices.Sort(allow)
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			if route := known[method]; route != nil {
				h.serve(route, w, r)
				return
			}
			list := strings.Join(allow, ", ")
			w.Header().Set("Allow", list)
			problem(http.StatusMethodNotAllowed, "method_not_allowed", "%s takes %s.", r.URL.Path, list).write(w)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem(http.StatusNotFound, "route_not_found", "There is no %s here; GET /openapi.json lists what there is.", r.URL.Path).write(w)
	})
	return mux
}

// find gives the contract of a name; "-" is the only one.
func (h *Handler) find(name string) (*served, error) {
	var names []string
	for _, c := range h.contracts {
		if c.name == name {
			return c, nil
		}
		names = append(names, c.name)
	}
	known := "Served are: " + strings.Join(names, ", ") + "."
	switch {
	case len(names) == 0:
		return nil, problem(http.StatusNotFound, "contract_not_found", "No contract is served.")
	case name != "-":
		return nil, problem(http.StatusNotFound, "contract_not_found", "There is no contract %s. %s", fmt.Sprintf("%.100q", name), known)
	case len(names) > 1:
		return nil, problem(http.StatusBadRequest, "contract_ambiguous", "Several contracts are served, so say which one is meant. %s", known)
	}
	return h.contracts[0], nil
}
