package control

import (
	"net/http"
	"strings"
)

// ConsolePath is where the console is, when there is one; "/" leads there.
const ConsolePath = "/console/"

// shows answers a request for the console's pages and files. They hold no data, so that they need no token; a foreign name of the
// host is refused like everywhere, and what the pages ask the API for goes through its guard.
func (h *Handler) shows(w http.ResponseWriter, r *http.Request) bool {
	if h.options.Console == nil {
		return false
	}
	start := r.URL.Path == "/" || r.URL.Path+"/" == ConsolePath
	if !start && !strings.HasPrefix(r.URL.Path, ConsolePath) {
		return false
	}
	switch p := h.origins(r); {
	case p != nil:
		p.write(w)
	case !start:
		w.Header().Del("Cache-Control") // the console says how long its files are good
		http.StripPrefix(strings.TrimSuffix(ConsolePath, "/"), h.options.Console).ServeHTTP(w, r)
	case r.Method == http.MethodGet || r.Method == http.MethodHead:
		w.Header().Set("Location", ConsolePath)
		w.WriteHeader(http.StatusSeeOther)
	default:
		w.Header().Set("Allow", "GET, HEAD")
		problem(http.StatusMethodNotAllowed, "method_not_allowed", "%s takes GET, HEAD.", r.URL.Path).write(w)
	}
	return true
}
