package control

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"understudy/mock"
)

// InboxPath is what the addresses of inboxes begin with: "/inbox/ecosire/orders", and of a sandbox
// "/inbox/~sandbox/checkout/ecosire/orders". Deliveries may go there, and nowhere else in this API.
const InboxPath = "/inbox"

// receives takes a request that is addressed to an inbox. These addresses ask for no token and for no name of a host, since they
// stand where a receiver of the user's own would: all that is to be had there is what somebody has scripted to be answered. A
// page in a browser is no sender of webhooks and is refused, so that none fills an inbox.
func (h *Handler) receives(w http.ResponseWriter, r *http.Request) bool {
	contract, sandbox, address, found := inboxAddress(r.URL.EscapedPath())
	if !found {
		return false
	}
	if !ownOrigin(r) {
		problem(http.StatusForbidden, "foreign_origin", "Pages of other origins may not send anything to an inbox.").write(w)
		return true
	}
	inbox, err := h.inboxOf(r, contract, sandbox)
	var p *Problem
	switch {
	case errors.As(err, &p):
		p.write(w)
		return true
	case err != nil:
		h.options.Logger.Error("the inbox failed", "error", err)
		internalError().write(w)
		return true
	}
	one := r.Clone(r.Context())
	one.URL.Path, one.URL.RawPath = address, ""
	inbox.ServeHTTP(w, one)
	return true
}

func (h *Handler) inboxOf(r *http.Request, contract, sandbox string) (*mock.Inbox, error) {
	of, err := h.find(contract)
	if err != nil {
		return nil, err
	}
	server := of.server()
	if sandbox != "" {
		if server, err = server.Sandboxes().Enter(r.Context(), sandbox); err != nil {
			return nil, sandboxRefusal(err, sandbox)
		}
	}
	return server.Inbox(), nil
}

// inboxAddress takes an escaped path apart. address is what stands behind the name of the contract, unescaped, and empty or with
// a slash before it.
func inboxAddress(path string) (contract, sandbox, address string, found bool) {
	rest, ok := strings.CutPrefix(path, InboxPath+"/")
	if !ok {
		return "", "", "", false
	}
	parts := strings.SplitN(rest, "/", 2)
	if inner, ok := strings.CutPrefix("/"+rest, mock.SandboxPath("")); ok {
		if parts = strings.SplitN(inner, "/", 3); len(parts) < 2 || parts[0] == "" {
			return "", "", "", false
		}
		sandbox, parts = parts[0], parts[1:]
	}
	plain := []*string{&sandbox, &contract, &address}
	contract = parts[0]
	if len(parts) > 1 {
		address = "/" + parts[1]
	}
	for _, text := range plain {
		var err error
		if *text, err = url.PathUnescape(*text); err != nil {
			return "", "", "", false
		}
	}
	return contract, sandbox, address, contract != ""
}
