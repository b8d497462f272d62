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
	contract   bool // the path names a contract; set by mount
}

// filters choose entries of the journal.
var filters = []string{"operation", "method", "path", "status", "problem"}

// routes is everything that the API can do, in the order of the document.
func (h *Handler) routes() []route {
	const one = "/contracts/{contract}"
	span := append([]string{"after", "limit", "since", "until"}, filters...)
	return []route{
		{method: "GET", path: "/health", operation: "getHealth", run: h.health},
		{method: "GET", path: "/ready", operation: "getReady", run: h.readiness},
		{method: "GET", path: "/version", operation: "getVersion", run: h.version},
		{method: "GET", path: "/clock", operation: "getClock", run: h.clock},
		{method: "POST", path: "/reset", operation: "resetAll", run: h.resetAll},
		{method: "GET", path: "/openapi.json", operation: "getDescription", run: h.description},

		{method: "GET", path: "/contracts", operation: "listContracts", run: h.listContracts},
		{method: "GET", path: one, operation: "getContract", run: getContract},
		{method: "GET", path: one + "/openapi.json", operation: "getContractDescription", run: getContractDescription},
		{method: "GET", path: one + "/page", operation: "getContractPage", run: getContractPage},
		{method: "GET", path: one + "/page/{asset}", operation: "getContractPageAsset", run: getContractPage},
		{method: "GET", path: one + "/explain", operation: "explainContract", parameters: []string{"format"}, run: explainContract},

		{method: "GET", path: one + "/journal", operation: "listJournal", parameters: append([]string{"bodies"}, span...), run: listJournal},
		{method: "DELETE", path: one + "/journal", operation: "clearJournal", run: clearJournal},
		{method: "GET", path: one + "/journal/follow", operation: "followJournal", parameters: append([]string{"after", "bodies"}, filters...), run: h.follow},
		{method: "GET", path: one + "/journal/{id}", operation: "getJournalEntry", run: getJournalEntry},
		{method: "GET", path: one + "/journal.har", operation: "exportJournal", parameters: span, run: exportJournal},

		{method: "GET", path: one + "/state", operation: "listCollections", parameters: worldParameters, run: listCollections},
		{method: "GET", path: one + "/state/items", operation: "listItems", parameters: append([]string{"collection", "scope[]", "offset", "limit"}, worldParameters...), run: listItems},
		{method: "GET", path: one + "/state/item", operation: "getItem", parameters: itemParameters, run: getItem},
		{method: "PUT", path: one + "/state/item", operation: "putItem", parameters: itemParameters, run: putItem},
		{method: "DELETE", path: one + "/state/item", operation: "deleteItem", parameters: itemParameters, run: deleteItem},
		{method: "POST", path: one + "/state/reset", operation: "resetState", run: resetState},
		{method: "GET", path: one + "/state/export", operation: "exportState", run: exportState},
		{method: "POST", path: one + "/state/import", operation: "importState", run: importState},

		{method: "GET", path: one + "/keys", operation: "listKeys", parameters: append([]string{"offset", "limit"}, keyFilters...), run: listKeys},
		{method: "POST", path: one + "/keys", operation: "createKey", run: createKey},
		{method: "GET", path: one + "/keys/{id}", operation: "getKey", run: getKey},
		{method: "PATCH", path: one + "/keys/{id}", operation: "changeKey", run: changeKey},
		{method: "DELETE", path: one + "/keys/{id}", operation: "revokeKey", parameters: []string{"confirm"}, run: revokeKey},
		{method: "POST", path: one + "/keys/{id}/rotate", operation: "rotateKey", run: rotateKey},
		{method: "GET", path: one + "/credentials", operation: "listCredentials", parameters: append([]string{"family", "offset", "limit"}, keyFilters...), run: listCredentials},
		{method: "GET", path: one + "/ready-credentials", operation: "listReadyCredentials", run: listReady},
		{method: "POST", path: one + "/tokens", operation: "createToken", run: createToken},
		{method: "POST", path: one + "/tokens/revoke", operation: "revokeTokens", run: revokeTokens},
		{method: "POST", path: one + "/tokens/decode", operation: "decodeToken", run: decodeToken},
		{method: "GET", path: one + "/signing-keys", operation: "getSigningKeys", run: getSigningKeys},
		{method: "POST", path: one + "/signing-keys/rotate", operation: "rotateSigningKeys", run: rotateSigningKeys},
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
		r.contract = strings.Contains(r.path, "{contract}")
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
