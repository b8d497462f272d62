package identity

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"understudy/mock/store"
)

// The codes of errors (RFC 6749, 5.2; RFC 8628, 3.5; RFC 8693, 2.2.2; RFC 9449, 12.2; RFC 6750, 3.1).
const (
	codeInvalidRequest     = "invalid_request"
	codeInvalidClient      = "invalid_client"
	codeInvalidGrant       = "invalid_grant"
	codeUnauthorizedClient = "unauthorized_client"
	codeUnsupportedGrant   = "unsupported_grant_type"
	codeInvalidScope       = "invalid_scope"
	codeInvalidTarget      = "invalid_target"
	codeAuthorizationWaits = "authorization_pending"
	codeSlowDown           = "slow_down"
	codeAccessDenied       = "access_denied"
	codeExpiredToken       = "expired_token"
	codeInvalidProof       = "invalid_dpop_proof"
	codeInvalidToken       = "invalid_token"
	codeInsufficientScope  = "insufficient_scope"
	codeServerError        = "server_error"
)

// An oauthError is a request that is refused with a code of OAuth. Its description never repeats what the request
// said, and keeps to the characters that RFC 6750 allows in a challenge.
type oauthError struct {
	Status      int // 0: by code and flavour
	Code        string
	Description string
}

func (e *oauthError) Error() string { return e.Code + ": " + e.Description }

func newError(code, description string) *oauthError {
	return &oauthError{Code: code, Description: description}
}

type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
	RequestID   string `json:"request_id,omitempty"`
}

// writeError answers with an error of the token endpoint's kind (RFC 6749, 5.2). A client that is not believed gets 401 with
// a challenge; Authentik says 400 to everybody and names the request. Anything but an *oauthError is a fault of ours.
func (p *Provider) writeError(w http.ResponseWriter, r *http.Request, err error) {
	refused := p.refusal(err)
	body := errorBody{Error: refused.Code, Description: refused.Description}
	status := refused.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	switch {
	case p.settings.is(flavourAuthentik):
		body.RequestID = p.requestID(r.Context())
	case refused.Code == codeInvalidClient:
		status = http.StatusUnauthorized
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", clientChallenge)
	}
	writeJSON(w, status, body)
}

// clientChallenge asks for a client's own credentials (RFC 7617, 2).
const clientChallenge = `Basic realm="token endpoint", charset="UTF-8"`

// refusal turns any error into one that may be shown.
func (p *Provider) refusal(err error) *oauthError {
	var refused *oauthError
	if errors.As(err, &refused) {
		return refused
	}
	p.logger.Error("the identity provider failed", "contract", p.contract.Name, "error", err)
	return &oauthError{Status: http.StatusInternalServerError, Code: codeServerError, Description: "the stand-in failed; its log says why"}
}

// requestID makes up the id by which Authentik names a request in its answers.
func (p *Provider) requestID(ctx context.Context) (id string) {
	err := p.store.Update(ctx, func(tx store.Tx) (err error) {
		id, err = p.registry.Text(tx, "request", "^[0-9a-f]{32}$")
		return err
	})
	if err != nil {
		return ""
	}
	return id
}

// writeJSON answers with an object that must not be kept by caches (RFC 6749, 5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	writePublicJSON(w, status, body)
}

// writePublicJSON answers with an object that everybody may see.
func writePublicJSON(w http.ResponseWriter, status int, body any) {
	data, ok := body.([]byte)
	if !ok {
		var err error
		if data, err = json.Marshal(body); err != nil {
			status, data = http.StatusInternalServerError, []byte(`{"error":"`+codeServerError+`"}`)
		}
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(status)
	_, _ = w.Write(data) // the client is gone: nobody to tell
}
