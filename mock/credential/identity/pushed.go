package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"understudy/mock/store"
)

// pushedLife is how long a pushed request waits for its user (RFC 9126, 2.2).
const pushedLife = time.Minute

// A pushedRequest is what a client pushed.
type pushedRequest struct {
	Client    string     `json:"client"`
	Values    url.Values `json:"values"`
	ExpiresAt time.Time  `json:"expires_at"`
}

// servePushed takes an authorization request that a client sends beforehand and directly (RFC 9126, 2).
func (p *Provider) servePushed(w http.ResponseWriter, r *http.Request) {
	uri, err := p.push(r)
	if err != nil {
		p.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": uri, "expires_in": int(pushedLife / time.Second)})
}

func (p *Provider) push(r *http.Request) (uri string, err error) {
	form, err := readForm(r)
	if err != nil {
		return "", err
	}
	client, err := p.client(r, form)
	if err != nil {
		return "", err
	}
	switch {
	case form.Has("request_uri"):
		return "", newError(codeInvalidRequest, "request_uri must not be pushed") // RFC 9126, 2.1
	case form.Has("request"):
		return "", newError(codeInvalidRequest, "request objects are not simulated")
	case !form.Has("response_type"):
		return "", newError(codeInvalidRequest, "response_type is missing")
	case form.Has("code_challenge_method") && !form.Has("code_challenge"):
		return "", newError(codeInvalidRequest, "code_challenge is missing")
	}
	for _, name := range []string{"client_secret", "client_assertion", "client_assertion_type"} {
		form.Del(name)
	}
	form.Set("client_id", client.ID)
	now := p.clock.Now()
	if bound, err := p.proof(r, ""); err != nil {
		return "", err
	} else if bound != "" && form.Has("dpop_jkt") && form.Get("dpop_jkt") != bound {
		return "", newError(codeInvalidProof, "dpop_jkt is not the thumbprint of the proof's key") // RFC 9449, 10.1
	} else if bound != "" {
		form.Set("dpop_jkt", bound)
	}
	err = p.store.Update(r.Context(), func(tx store.Tx) error {
		if err := p.sweep(tx, now); err != nil {
			return err
		}
		text, err := p.registry.Text(tx, "request", "^[A-Za-z0-9_-]{43}$")
		if err != nil {
			return err
		}
		uri = requestURIPrefix + text
		request := pushedRequest{Client: client.ID, Values: form, ExpiresAt: now.Add(pushedLife)}
		return p.keep(tx, p.key(pushedDrawer, uri), request, request.ExpiresAt)
	})
	return uri, err
}

// pushed gives the parameters of a pushed request, once (RFC 9126, 4). It fails with *oauthError when there is none for the
// client.
func (p *Provider) pushed(ctx context.Context, clientID, requestURI string) (url.Values, error) {
	var request pushedRequest
	now := p.clock.Now()
	err := p.store.Update(ctx, func(tx store.Tx) error {
		key := p.key(pushedDrawer, requestURI)
		request = pushedRequest{}
		err := recall(tx, key, &request)
		if errors.Is(err, errNoRecord) || err == nil && (request.Client != clientID || !now.Before(request.ExpiresAt)) {
			return newError("invalid_request_uri", "request_uri is unknown, was used or has expired")
		}
		if err != nil {
			return err
		}
		return tx.Delete(key)
	})
	if err != nil {
		return nil, err
	}
	return request.Values, nil
}
