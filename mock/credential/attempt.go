package credential

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"time"

	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

// An Attempt is a browser's login at an identity provider on behalf of the vendor, on its way.
type Attempt struct {
	State    string    `json:"state"`    // goes to the provider and comes back
	Verifier string    `json:"verifier"` // of PKCE (RFC 7636)
	Browser  string    `json:"browser"`  // value of the cookie that the browser got
	Redirect string    `json:"redirect"` // where the provider sends the browser back to
	From     time.Time `json:"from"`
}

// attemptLife is how long a login at the provider may take.
const attemptLife = 10 * time.Minute

const keyAttempt = "t\x00" // + state → attempt

// BeginLogin begins an attempt that comes back to redirect.
func (r *Registry) BeginLogin(ctx context.Context, redirect string) (a Attempt, err error) {
	err = r.update(ctx, func(tx store.Tx) error {
		a = Attempt{Redirect: redirect, From: r.clock.Now()}
		for _, one := range []struct {
			into            *string
			purpose, format string
		}{{&a.State, "state", "[A-Za-z0-9]{40}"}, {&a.Verifier, "verifier", "[A-Za-z0-9]{64}"}, {&a.Browser, "browser", "[A-Za-z0-9]{40}"}} {
			if *one.into, err = r.Text(tx, one.purpose, one.format); err != nil {
				return err
			}
		}
		for key := range tx.Scan(r.prefix+keyAttempt, store.Scan{}) { // those that were given up; there are never many
			if old, err := get[Attempt](tx, key); err == nil && !r.clock.Now().Before(old.From.Add(attemptLife)) {
				if err := tx.Delete(key); err != nil {
					return err
				}
			}
		}
		return put(tx, r.prefix+keyAttempt+a.State, a)
	})
	if err != nil {
		return Attempt{}, wrap("begin a login", err)
	}
	return a, nil
}

// FinishLogin takes an attempt back, once, for the browser that began it. It fails with *Refusal.
func (r *Registry) FinishLogin(ctx context.Context, state, browser string) (a Attempt, err error) {
	refuse := func(detail string) error {
		return &Refusal{Status: http.StatusForbidden, Code: CodeStateMismatch, Detail: detail}
	}
	err = r.update(ctx, func(tx store.Tx) error {
		found, err := get[Attempt](tx, r.prefix+keyAttempt+state)
		switch {
		case state == "":
			return refuse("The parameter state is missing.")
		case errors.Is(err, ErrNotFound):
			return refuse("There is no login under way with this state.")
		case err != nil:
			return err
		case !r.clock.Now().Before(found.From.Add(attemptLife)):
			return refuse("The login took longer than ten minutes; begin again.")
		case subtle.ConstantTimeCompare([]byte(found.Browser), []byte(browser)) != 1:
			return refuse("The login was begun by another browser.")
		}
		a = *found
		return tx.Delete(r.prefix + keyAttempt + state)
	})
	if err != nil {
		return Attempt{}, wrap("finish a login", err)
	}
	return a, nil
}

// OwnClient gives the client as which the vendor's own application logs users in, registered for a redirect URI.
func (r *Registry) OwnClient(ctx context.Context, redirect string) (*Client, error) {
	id := "own-application"
	known, err := r.Client(ctx, id)
	if err == nil && slices.Contains(known.Redirects, redirect) {
		return known, nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	c := Client{ID: id, Name: r.contract.Title, Public: true, Loopback: true, Redirects: []string{redirect}}
	if known != nil {
		c.Redirects = append(c.Redirects, known.Redirects...)[:min(len(known.Redirects)+1, 20)]
	}
	put, _, err := r.PutClient(ctx, c)
	if err != nil {
		return nil, wrap("register the application", err)
	}
	return &put, nil
}

// CodeChallenge is the S256 challenge of a verifier (RFC 7636, 4.2).
func CodeChallenge(verifier string) string { return jose.Challenge(verifier) }
