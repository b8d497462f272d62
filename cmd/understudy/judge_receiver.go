package main

import (
	"encoding/json"
	"io"
	"net/http"
	"time"

	"understudy/contracts"
	"understudy/contracts/signature"
)

// mostDelivered is how much of a delivery the receiver reads.
const mostDelivered = 2 << 20

// A verifier is a webhook endpoint as vendors ask for one: it takes the contract's events, each by its own kind of signature and
// secret, and answers 401 to what it cannot believe. Runs that start their stand-ins themselves hold it against the deliveries.
type verifier struct {
	contract *contracts.Contract
	secrets  map[string]string // by the names that the contract has for them
	now      func() time.Time  // the stand-in's clock
}

func (v *verifier) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostDelivered))
	if err != nil || !v.believes(r, body) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// believes says whether a delivery is one of the contract's events and bears its signature.
func (v *verifier) believes(r *http.Request, body []byte) bool {
	var told struct{ Type string }
	if json.Unmarshal(body, &told) != nil {
		return false
	}
	event, known := v.contract.Behaviour.Events[told.Type]
	secret := v.secrets[event.Secret]
	if !known || secret == "" {
		return false
	}
	scheme := signature.Scheme{Kind: signature.Kind(event.Signature), Header: event.Header, Prefix: event.Prefix}
	message := signature.Message{URL: "http://" + r.Host + r.URL.RequestURI(), Body: body, ContentType: r.Header.Get("Content-Type")}
	return scheme.Verify(r.Header, message, v.now(), secret) == nil
}
