package credential

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"understudy/mock/store"
)

// A Session is what a login or refresh gives.
type Session struct {
	Family  string
	Account *Account
	User    *User
	Access  *Issued // the token to be sent; nil: only a cookie is given
	Refresh *Issued // nil: there is none
	Cookies []*http.Cookie
}

// A Login is a try to log in.
type Login struct {
	Identifier string // e-mail address, or id of a user
	Password   string
	Address    string // where it came from, for the audit
	Secure     bool   // it came over TLS: cookies may be Secure
}

// Login checks name and password and opens a session. It fails with *Refusal.
func (r *Registry) Login(ctx context.Context, l Login) (*Session, error) {
	var s *Session
	err := r.update(ctx, func(tx store.Tx) error {
		user, err := r.checkPasswordIn(tx, l.Identifier, l.Password)
		if errors.Is(err, ErrNotFound) {
			return &Refusal{Status: http.StatusUnauthorized, Code: CodeLoginFailed, Detail: "There is no user with this name and password."}
		}
		if err != nil {
			return err
		}
		s, err = r.openIn(tx, user, nil, l.Secure)
		return err
	})
	r.noteSession("login", l.Address, s, err)
	if err != nil {
		return nil, wrap("log in", err)
	}
	return s, nil
}

func (r *Registry) noteSession(kind, address string, s *Session, err error) {
	e := AuditEntry{At: r.clock.Now(), Kind: kind, Address: address, Result: "ok"}
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		e.Result, e.Credential = refusal.Code, refusal.Credential
	case err != nil:
		e.Result = "failed"
	case s != nil && s.User != nil:
		e.User, e.Account = s.User.ID, s.User.Account
		if s.Access != nil {
			e.Credential = s.Access.ID
		}
	}
	r.note(e)
}

// Open opens a session for a user who is known already, as after a login at an identity provider.
func (r *Registry) Open(ctx context.Context, user string, secure bool) (s *Session, err error) {
	err = r.update(ctx, func(tx store.Tx) error {
		u, err := r.userIn(tx, user)
		if err != nil {
			return err
		}
		s, err = r.openIn(tx, u, nil, secure)
		return err
	})
	r.noteSession("login", "", s, err)
	if err != nil {
		return nil, wrap("open a session", err)
	}
	return s, nil
}

// sessionClasses are what a login issues: a token to be sent, a cookie, a refresh token; each may be nil.
func (r *Registry) sessionClasses() (access, cookie, refresh *Class) {
	own := func(c *Class) bool { return !c.issuedByProvider() }
	token := func(c *Class) bool { return own(c) && c.cookie == nil && !r.byHand(c) }
	access = r.classOf(token, JWT, Opaque)
	cookie = r.classOf(func(c *Class) bool { return own(c) && c.cookie != nil }, JWT, Opaque, Key)
	if access == nil && cookie == nil {
		if access = r.classOf(own, JWT, Opaque, Key); access == nil {
			access = r.classOf(nil, JWT, Opaque)
		}
	}
	return access, cookie, r.classOf(own, Refresh)
}

// byHand says that credentials of a class are made by people: one that lives on and is announced at the start is no token of a
// login, though it says nothing to its bearer.
func (r *Registry) byHand(c *Class) bool { return c.Is(Opaque) && c.Env != "" && c.Life == 0 }

// openIn issues what a session consists of. renewed is the refresh token that bought it; nil after a login.
func (r *Registry) openIn(tx store.Tx, user *User, renewed *stored, secure bool) (*Session, error) {
	access, cookie, refresh := r.sessionClasses()
	s := &Session{User: user}
	var err error
	if s.Account, err = r.accountIn(tx, user.Account); err != nil {
		return nil, err
	}
	if renewed != nil {
		s.Family = renewed.Family
	} else {
		id, err := r.Text(tx, "family", "ses_[a-z0-9]{12}")
		if err != nil {
			return nil, err
		}
		s.Family = id
	}
	if access != nil {
		q := TokenRequest{Class: access.Name, User: user.ID, Family: s.Family}
		if r.same(access, cookie) {
			q.schemes = []string{access.Scheme, cookie.Scheme}
		}
		issued, err := r.IssueTokenIn(tx, q)
		if err != nil {
			return nil, err
		}
		s.Access = &issued
	}
	if cookie != nil {
		if err := r.openCookie(tx, s, cookie, access, secure); err != nil {
			return nil, err
		}
	}
	if refresh != nil {
		issued, err := r.issueRefresh(tx, refresh, s, renewed)
		if err != nil {
			return nil, err
		}
		s.Refresh = &issued
	}
	return s, nil
}

// same says that the token of a login is also what its cookie holds: both are JWTs that say the same for the same time.
func (r *Registry) same(access, cookie *Class) bool {
	return access != nil && cookie != nil && access.Is(JWT) && cookie.Is(JWT) && access.Algorithm == cookie.Algorithm &&
		r.lifeOf(access) == r.lifeOf(cookie) && access.Issuer == cookie.Issuer
}

func (r *Registry) openCookie(tx store.Tx, s *Session, class, access *Class, secure bool) error {
	value := s.Access
	if !r.same(access, class) {
		issued, err := r.IssueTokenIn(tx, TokenRequest{Class: class.Name, User: s.User.ID, Family: s.Family})
		if err != nil {
			return err
		}
		value = &issued
	}
	life := r.lifeOf(class)
	if life == 0 {
		life = class.SlidingFor
	}
	now := r.clock.Now()
	s.Cookies = append(s.Cookies, class.cookie.set(value.Text, now, life, secure))
	if class.CSRF == "double-submit" {
		token, err := r.csrfCookie(tx, class, value.ID, now, life, secure)
		if err != nil {
			return err
		}
		s.Cookies = append(s.Cookies, token)
	}
	return nil
}

// csrfCookie is the cookie that the client's script copies into a header: it is not HttpOnly.
func (r *Registry) csrfCookie(tx store.Tx, class *Class, session string, now time.Time, life time.Duration, secure bool) (*http.Cookie, error) {
	random, err := r.Text(tx, "csrf", "[0-9a-f]{64}")
	if err != nil {
		return nil, err
	}
	c := class.cookie.set(CSRFToken(r.csrfSecret(), session, random), now, life, secure)
	c.Name, c.HttpOnly = cmpOr(class.CSRFCookie, defaultCSRFCookie), false
	return c, nil
}

// issueRefresh issues a refresh token. Each has the class's life of its own; where the class slides, each lives so long and
// the life bounds the whole chain.
func (r *Registry) issueRefresh(tx store.Tx, class *Class, s *Session, renewed *stored) (Issued, error) {
	now := r.clock.Now()
	c := &stored{Credential: Credential{
		Kind: Refresh, Class: class.Name, User: s.User.ID, Account: s.User.Account, Environment: class.Environment, State: class.Good(),
		Family: s.Family, CreatedAt: now,
	}}
	life := r.lifeOf(class)
	if life > 0 {
		c.ExpiresAt = now.Add(life)
	}
	if class.SlidingFor > 0 {
		whole := c.ExpiresAt
		if renewed != nil && !renewed.NotBefore.IsZero() {
			whole = renewed.NotBefore.Add(life)
		}
		if c.ExpiresAt = now.Add(class.SlidingFor); !whole.IsZero() && whole.Before(c.ExpiresAt) {
			c.ExpiresAt = whole
		}
	}
	c.NotBefore = now // when the chain began, for the bound of the whole
	if renewed != nil {
		c.NotBefore = renewed.NotBefore
	}
	return r.issueText(tx, class, c, "")
}

// Renew buys a new session with a refresh token; of several calls with the same single-use token one succeeds. It
// fails with *Refusal.
func (r *Registry) Renew(ctx context.Context, text, address string, secure bool) (*Session, error) {
	var s *Session
	var refusal *Refusal
	err := r.update(ctx, func(tx store.Tx) (err error) {
		s, refusal, err = r.renewIn(tx, text, secure)
		return err // a refusal may have ended a family: what it changed stays
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	r.noteSession("refresh", address, s, err)
	if err != nil {
		return nil, wrap("renew a session", err)
	}
	return s, nil
}

func (r *Registry) renewIn(tx store.Tx, text string, secure bool) (*Session, *Refusal, error) {
	c, err := r.byText(tx, text)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return nil, nil, err
	}
	if err != nil || c.Kind != Refresh || c.Client != "" {
		return nil, &Refusal{Status: 401, Code: CodeRefreshBad, Detail: "This refresh token was not issued here."}, nil
	}
	class := r.byName[c.Class]
	if class == nil {
		return nil, nil, errors.New("the class " + c.Class + " of a refresh token is not there")
	}
	now := r.clock.Now()
	refuse := func(code, detail string) (*Session, *Refusal, error) {
		return nil, &Refusal{Status: 401, Code: code, Detail: detail, Credential: c.ID}, nil
	}
	switch {
	case c.State == Used:
		if class.Reuse != "reject" { // RFC 9700, 4.14.2: whoever comes second, one of the two is a thief
			_, err = r.endFamily(tx, c.Family, func(other *stored) bool { return other.Kind == Refresh && other.State != Used })
			if err != nil {
				return nil, nil, err
			}
		}
		return refuse(CodeRefreshUsed, "The refresh token was used before; log in again.")
	case c.State == Revoked:
		return refuse(CodeRefreshEnded, "The refresh token was revoked; log in again.")
	case c.State == Expired || !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt):
		return refuse(CodeRefreshOld, "The refresh token has expired; log in again.")
	case c.State != class.Good():
		return refuse(CodeRefreshBad, "The refresh token is "+string(c.State)+".")
	}
	user, err := r.userIn(tx, c.User)
	if errors.Is(err, ErrNotFound) {
		return refuse(CodeRefreshEnded, "The user of the refresh token is not there any more.")
	}
	if err != nil {
		return nil, nil, err
	}
	s, err := r.openIn(tx, user, c, secure)
	if err != nil {
		return nil, nil, err
	}
	if class.SingleUse {
		used := *c
		used.State, used.EndedAt, used.Successor = Used, now, s.Refresh.ID
		return s, nil, r.save(tx, c, &used)
	}
	return s, nil, nil
}

// Logout ends the caller's session: what came from its login, tokens that nobody can call back only where the contract
// says that a logout ends them. It gives the cookies that remove its own.
func (r *Registry) Logout(ctx context.Context, h *Holder, secure bool) ([]*http.Cookie, error) {
	var cookies []*http.Cookie
	for _, class := range r.classes {
		if class.cookie == nil {
			continue
		}
		cookies = append(cookies, class.cookie.remove(secure))
		if class.CSRF == "double-submit" {
			c := class.cookie.remove(secure)
			c.Name, c.HttpOnly = cmpOr(class.CSRFCookie, defaultCSRFCookie), false
			cookies = append(cookies, c)
		}
	}
	if h == nil || h.Credential == nil {
		return cookies, nil
	}
	c := h.Credential
	err := r.update(ctx, func(tx store.Tx) error {
		_, err := r.endFamily(tx, c.Family, func(other *stored) bool {
			class := r.byName[other.Class]
			return other.Kind != JWT && other.Kind != Key || other.ID == c.ID && other.Kind != Key || class != nil && slices.Contains(class.EndedBy, "logout")
		})
		return err
	})
	r.note(AuditEntry{At: r.clock.Now(), Kind: "logout", Credential: c.ID, Account: c.Account, User: c.User, Result: "ok"})
	if err != nil {
		return nil, wrap("log out", err)
	}
	return cookies, nil
}
