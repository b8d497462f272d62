package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// The cookies of a browser. They are the same for all contracts of a host, since ports do not tell cookies apart
// (RFC 6265, 8.5).
const (
	loginCookie   = "understudy_login"   // text of the browser's login
	browserCookie = "understudy_browser" // tells browsers apart, so that a form is answered where it was shown
)

// A login is what the store keeps of a browser's session.
type login struct {
	session
	ExpiresAt time.Time `json:"expires_at"` // good before it
	// Agreed are the scopes that the user allowed each client in this session.
	Agreed map[string][]string `json:"agreed,omitempty"`
	// BadCodes counts wrong device codes (RFC 8628, 5.1).
	BadCodes int `json:"bad_codes,omitempty"`
}

// mostAgreed is how many clients' scopes a login remembers. Beyond it the user is asked again.
const mostAgreed = 100

// name is how ID tokens call the session: sid.
func (l *login) name() string { return sessionName(l.ID) }

// agrees says whether the user has allowed a client all of the scopes.
func (l *login) agrees(client string, scopes []string) bool {
	known, ok := l.Agreed[client]
	return ok && !slices.ContainsFunc(scopes, func(s string) bool { return !slices.Contains(known, s) })
}

func (l *login) agree(client string, scopes []string) {
	if l.Agreed == nil || len(l.Agreed) >= mostAgreed && l.Agreed[client] == nil {
		l.Agreed = map[string][]string{}
	}
	known := l.Agreed[client]
	if known == nil {
		known = []string{}
	}
	for _, s := range scopes {
		if !slices.Contains(known, s) {
			known = append(known, s)
		}
	}
	l.Agreed[client] = known
}

// What the pages keep, beside the drawers of the endpoints.
const (
	loginDrawer       drawer = "login"
	transactionDrawer drawer = "transaction"
	cameDrawer        drawer = "came" // sid NUL family → family: the tokens that came from a login
)

const (
	loginLife       = 12 * time.Hour
	transactionLife = 10 * time.Minute
)

// sessionID is the id of a login. Whoever knows it does not know the cookie.
func sessionID(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return hex.EncodeToString(sum[:16])
}

// cookieText gives the text of a cookie of ours; empty when there is none, or none of ours.
func cookieText(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil || len(c.Value) < 16 || len(c.Value) > 128 {
		return ""
	}
	return c.Value
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string) {
	c := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// login gives the browser's login, or nil when nobody is signed in there.
func (p *Provider) login(r *http.Request) (*login, error) {
	text := cookieText(r, loginCookie)
	if text == "" {
		return nil, nil
	}
	return p.loginNamed(r.Context(), sessionName(sessionID(text)))
}

// loginNamed gives the login of a sid, or nil when it has ended or its user is no more.
func (p *Provider) loginNamed(ctx context.Context, sid string) (*login, error) {
	l := new(login)
	err := p.view(ctx, func(tx store.Tx) error { return recall(tx, p.key(loginDrawer, sid), l) })
	if errors.Is(err, errNoRecord) || err == nil && !p.clock.Now().Before(l.ExpiresAt) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, err := p.registry.User(ctx, l.User); err != nil {
		if errors.Is(err, credential.ErrNotFound) {
			return nil, nil
		}
		return nil, err
	}
	return l, nil
}

// startLogin opens a session for a user and gives the text of its cookie.
func (p *Provider) startLogin(tx store.Tx, user string) (*login, string, error) {
	text, err := p.registry.Text(tx, "login", "^[A-Za-z0-9]{43}$")
	if err != nil {
		return nil, "", err
	}
	now := p.clock.Now()
	if err := p.sweep(tx, now); err != nil {
		return nil, "", err
	}
	l := &login{session: session{ID: sessionID(text), User: user, AuthTime: now}, ExpiresAt: now.Add(loginLife)}
	return l, text, p.keepLogin(tx, l)
}

func (p *Provider) keepLogin(tx store.Tx, l *login) error {
	return p.keep(tx, p.key(loginDrawer, l.name()), l, l.ExpiresAt)
}

// cameKey is where a login's families of tokens are kept, so that they end with it.
func (p *Provider) cameKey(sid, family string) string {
	return p.drawerKey(cameDrawer) + sid + "\x00" + family
}

// endLogin ends a session and what came from it: all tokens but those of users who allowed access while they are away
// (OpenID Connect Back-Channel Logout 1.0, 2.7, has the same rule). It does nothing when there is no such session.
func (p *Provider) endLogin(ctx context.Context, sid string) error {
	now := p.clock.Now()
	return p.store.Update(ctx, func(tx store.Tx) error {
		for key := range tx.Scan(p.cameKey(sid, ""), store.Scan{}) {
			if err := p.revokeFamily(tx, strings.TrimPrefix(key, p.cameKey(sid, "")), now); err != nil {
				return err
			}
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return tx.Delete(p.key(loginDrawer, sid))
	})
}
