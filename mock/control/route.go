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

		{method: "GET", path: one + "/state", operation: "listCollections", run: listCollections},
		{method: "GET", path: one + "/state/items", operation: "listItems", parameters: []string{"collection", "scope[]", "offset", "limit"}, run: listItems},
		{method: "GET", path: one + "/state/item", operation: "getItem", parameters: itemParameters, run: getItem},
		{method: "PUT", path: one + "/state/item", operation: "putItem", parameters: itemParameters, run: putItem},
		{method: "DELETE", path: one + "/state/item", operation: "deleteItem", parameters: itemParameters, run: deleteItem},
		{method: "POST", path: one + "/state/reset", operation: "resetState", run: resetState},
		{method: "GET", path: one + "/state/export", operation: "exportState", run: exportState},
		{method: "POST", path: one + "/state/import", operation: "importState", run: importState},
	}
}

// itemParameters name one item.
var itemParameters = []string{"collection", "id", "scope[]"}

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
