package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// mostBadCodes is how many wrong codes one login may try (RFC 8628, 5.1).
const mostBadCodes = 10

// A deviceEnterPage asks for the code that a device shows, and for the user where nobody is signed in.
type deviceEnterPage struct {
	frame
	visitor
	Transaction, UserCode string
	Blocked               bool // no more codes are taken from this login
}

// A deviceConfirmPage asks whether the device may have what it asks for.
type deviceConfirmPage struct {
	frame
	visitor
	Transaction, UserCode, Application string
	Scopes                             []scopeLine
}

// serveDevicePage is where users type the code of a device and decide on it (RFC 8628, 3.3). A code in the URL saves the
// typing, not the decision (3.3.1).
func (p *Provider) serveDevicePage(w http.ResponseWriter, r *http.Request) {
	v, ok := p.pageForm(w, r)
	if !ok {
		return
	}
	code := v.Get("user_code")
	if code == "" {
		code = v.Get(p.settings.userCode)
	}
	code = shorten(code, 32)
	var err error
	switch {
	case p.options.AutoApprove && code != "":
		err = p.decideUnseen(w, r, v, code)
	case r.Method == http.MethodPost && v.Has("transaction"):
		err = p.decideDevicePage(w, r, v, code)
	default:
		err = p.beginDevice(w, r, code)
	}
	switch {
	case errors.Is(err, errAnswered):
		p.showProblem(w, answeredForm())
	case isRefusal(err):
		p.showProblem(w, goneDevice())
	case err != nil:
		p.internalProblem(w, "connecting a device", err)
	}
}

// isRefusal says whether an error is the caller's fault and not ours.
func isRefusal(err error) bool {
	var refused *oauthError
	return errors.As(err, &refused)
}

func goneDevice() *pageProblem {
	return &pageProblem{
		Title: "This code is not good any more", Code: codeInvalidGrant, Detail: "The code is unknown, was used or decided on already, or has expired.",
		Advice: "Begin anew on the device, which then shows another code.",
	}
}

// decideUnseen answers without a page: login_hint's user agrees, or the first one, and with login_hint=deny nobody does.
func (p *Provider) decideUnseen(w http.ResponseWriter, r *http.Request, v url.Values, code string) error {
	hint := v.Get("login_hint")
	u, err := p.automatic(r.Context(), hint)
	if err != nil {
		return err
	}
	if u == nil {
		return errors.New("there is no user who could agree")
	}
	allow := hint != "deny"
	if err := p.redecide(r.Context(), code, u.ID, allow); err != nil {
		return err
	}
	p.showDecided(w, allow)
	return nil
}

// redecide decides on a device until it has its tokens: where no page is shown, somebody has agreed from the start.
func (p *Provider) redecide(ctx context.Context, code, user string, allow bool) error {
	now := p.clock.Now()
	return p.store.Update(ctx, func(tx store.Tx) error {
		var key string
		var g deviceGrant
		err := recall(tx, p.typedKey(code), &key)
		if err == nil {
			err = recall(tx, key, &g)
		}
		if errors.Is(err, errNoRecord) || err == nil && (g.State == deviceUsed || !now.Before(g.ExpiresAt)) {
			return errUserCode
		}
		if err != nil {
			return err
		}
		g.State, g.User, g.AuthTime = deviceDenied, "", time.Time{}
		if allow {
			g.State, g.User, g.AuthTime = deviceApproved, user, now
		}
		return p.keepDevice(tx, key, &g)
	})
}

// beginDevice shows the first page: the one to confirm, where a good code came in the URL and somebody is signed in.
func (p *Provider) beginDevice(w http.ResponseWriter, r *http.Request, code string) error {
	l, err := p.login(r)
	if err != nil {
		return err
	}
	t := &transaction{Purpose: purposeDevice}
	if l != nil {
		t.Login = l.ID
	}
	if err := p.begin(w, r, t); err != nil {
		return err
	}
	if l == nil || code == "" {
		return p.showEnter(w, r, t, l, code, "")
	}
	return p.tryCode(w, r, t, l, code)
}

// tryCode shows the page to confirm for a good code, and counts a bad one.
func (p *Provider) tryCode(w http.ResponseWriter, r *http.Request, t *transaction, l *login, code string) error {
	if l.BadCodes >= mostBadCodes {
		return p.showEnter(w, r, t, l, "", "")
	}
	g, c, err := p.waiting(r.Context(), code)
	if isRefusal(err) {
		err = p.store.Update(r.Context(), func(tx store.Tx) error {
			now, err := p.within(tx, l)
			if err != nil {
				return err
			}
			now.BadCodes++
			l.BadCodes = now.BadCodes
			return p.keepLogin(tx, now)
		})
		if err != nil {
			return err
		}
		return p.showEnter(w, r, t, l, code, "No device waits with this code. Compare it with the one on the device; it may also have expired.")
	}
	if err != nil {
		return err
	}
	t.UserCode = g.UserCode
	if err := p.rewrite(r.Context(), t); err != nil {
		return err
	}
	people, err := p.visitor(r.Context(), l, "")
	if err != nil {
		return err
	}
	name := clientName(c)
	p.show(w, http.StatusOK, "device_confirm", deviceConfirmPage{
		frame: p.frame("Connect " + name + "?"), visitor: people, Transaction: t.ID, UserCode: g.UserCode, Application: name,
		Scopes: p.scopeLines(g.Scopes),
	}, "'self'")
	return nil
}

// waiting gives the device that waits with a code, and whose it is.
func (p *Provider) waiting(ctx context.Context, code string) (*deviceGrant, *credential.Client, error) {
	g, err := p.deviceByUserCode(ctx, code)
	if err != nil {
		return nil, nil, err
	}
	c, err := p.knownClient(ctx, g.Client)
	return g, c, err
}

// showEnter shows the page to enter a code, or that no more are taken.
func (p *Provider) showEnter(w http.ResponseWriter, r *http.Request, t *transaction, l *login, code, problem string) error {
	people, err := p.visitor(r.Context(), l, "")
	if err != nil {
		return err
	}
	people.Other = shorten(t.Typed, 254)
	page := deviceEnterPage{frame: p.frame("Connect a device"), visitor: people, Transaction: t.ID, UserCode: code}
	page.Problem = problem
	status := http.StatusOK
	switch {
	case l != nil && l.BadCodes >= mostBadCodes:
		status = http.StatusTooManyRequests
		page.Blocked, page.Problem = true, "Ten wrong codes were entered since you signed in, so no more are taken. Begin anew on the device, then sign in again here."
	case problem != "":
		status = http.StatusUnprocessableEntity
	}
	p.show(w, status, "device_enter", page, "'self'")
	return nil
}

// decideDevicePage takes what was entered or decided on a page.
func (p *Provider) decideDevicePage(w http.ResponseWriter, r *http.Request, v url.Values, code string) error {
	t, problem, err := p.resume(r, v.Get("transaction"), purposeDevice)
	if err != nil {
		return err
	}
	if problem != nil {
		p.showProblem(w, problem)
		return nil
	}
	l, err := p.login(r)
	if err != nil {
		return err
	}
	if l == nil || l.ID != t.Login {
		l = nil
	}
	switch action := v.Get("action"); {
	case action == "switch":
		code, t.Login, t.UserCode = t.UserCode, "", ""
		if err := p.rewrite(r.Context(), t); err != nil {
			return err
		}
		return p.showEnter(w, r, t, nil, code, "")
	case action == "enter":
		return p.enter(w, r, t, l, v, code)
	case action != "approve" && action != "deny" || t.UserCode == "":
		p.showProblem(w, unreadable("The form does not say whether to approve or to deny."))
		return nil
	case l == nil:
		return p.showEnter(w, r, t, nil, t.UserCode, signedOut)
	default:
		return p.decided(w, r, t, l, action == "approve")
	}
}

// enter signs the user in where nobody is, and looks for the code.
func (p *Provider) enter(w http.ResponseWriter, r *http.Request, t *transaction, l *login, v url.Values, code string) error {
	if l == nil {
		t.Typed = v.Get("other")
		u, err := p.chosen(r.Context(), v)
		if err != nil {
			return err
		}
		if u == nil {
			return p.showEnter(w, r, t, nil, code, unknownUser(t))
		}
		var cookie string
		err = p.store.Update(r.Context(), func(tx store.Tx) (err error) {
			if l, cookie, err = p.startLogin(tx, u.ID); err != nil {
				return err
			}
			t.Login = l.ID
			return p.rewriteIn(tx, t)
		})
		if err != nil {
			return err
		}
		setCookie(w, r, loginCookie, cookie)
	}
	return p.tryCode(w, r, t, l, code)
}

// signedOut is said where a page was shown for a login that has ended since.
const signedOut = "You have been signed out in the meantime. Choose who you are."

// unknownUser says why nobody could be signed in.
func unknownUser(t *transaction) string {
	if t.Login != "" {
		return signedOut
	}
	return "Nobody here has this e-mail address or id. Choose one of the users."
}

func (p *Provider) decided(w http.ResponseWriter, r *http.Request, t *transaction, l *login, allow bool) error {
	if err := p.store.Update(r.Context(), func(tx store.Tx) error { return p.finish(tx, t) }); err != nil {
		return err
	}
	if err := p.decideDevice(r.Context(), t.UserCode, l.User, allow); err != nil {
		return err
	}
	p.showDecided(w, allow)
	return nil
}

func (p *Provider) showDecided(w http.ResponseWriter, allow bool) {
	page := messagePage{frame: p.frame("Device connected"), Text: "Go back to it: it goes on by itself within a few seconds. You can close this page."}
	if !allow {
		page = messagePage{frame: p.frame("Access refused"), Text: "The device gets no access. You can close this page."}
	}
	p.show(w, http.StatusOK, "message", page, "'none'")
}
