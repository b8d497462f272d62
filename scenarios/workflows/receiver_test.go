package workflows_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"understudy/contracts/signature"
)

// receive starts a server of the user's: it takes the contract's events, each by its own kind of signature and secret, and
// answers 401 to what it cannot believe, as vendors ask for. Workflows that need one get its address as an input.
func (s *deployed) receive(now func() time.Time) string {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || !s.believes(r, body, now()) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	s.t.Cleanup(receiver.Close)
	return receiver.URL
}

func (s *deployed) believes(r *http.Request, body []byte, now time.Time) bool {
	var told struct{ Type string }
	if json.Unmarshal(body, &told) != nil {
		return false
	}
	event, known := s.contract.Behaviour.Events[told.Type]
	secret, _ := s.inputs[event.Secret].(string)
	if !known || secret == "" {
		return false
	}
	scheme := signature.Scheme{Kind: signature.Kind(event.Signature), Header: event.Header, Prefix: event.Prefix}
	return scheme.Verify(r.Header, signature.Message{URL: "http://" + r.Host + r.URL.RequestURI(), Body: body, ContentType: r.Header.Get("Content-Type")}, now, secret) == nil
}
