package identity

import (
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	"understudy/mock/store"
)

// A transaction is one page that was shown and waits for its form. It belongs to the browser that it was shown in, ends
// after ten minutes and is answered once; with the SameSite cookies that is what keeps foreign pages from answering it.
type transaction struct {
	ID        string     `json:"-"`       // as in the form; the store has its hash
	Typed     string     `json:"-"`       // who was typed in the form that came, to be shown again
	Purpose   string     `json:"purpose"` // what page it is: one of the purposes below
	Browser   string     `json:"browser"` // hash of the browser's cookie
	Values    url.Values `json:"values,omitempty"`
	Login     string     `json:"login,omitempty"`     // id of the session that the page was shown for; empty: a user is to be chosen
	UserCode  string     `json:"user_code,omitempty"` // that is to be confirmed
	ExpiresAt time.Time  `json:"expires_at"`
}

const (
	purposeAuthorize = "authorize"
	purposeDevice    = "device"
	purposeLogout    = "logout"
)

// errAnswered says that a page has been answered, or was open for too long.
var errAnswered = errors.New("answered or over")

// begin keeps a new transaction and ties it to the browser.
func (p *Provider) begin(w http.ResponseWriter, r *http.Request, t *transaction) error {
	browser := cookieText(r, browserCookie)
	err := p.store.Update(r.Context(), func(tx store.Tx) error {
		var err error
		if browser == "" {
			if browser, err = p.registry.Text(tx, "browser", "^[A-Za-z0-9]{43}$"); err != nil {
				return err
			}
		}
		if t.ID, err = p.registry.Text(tx, "transaction", "^[A-Za-z0-9]{43}$"); err != nil {
			return err
		}
		now := p.clock.Now()
		if err := p.sweep(tx, now); err != nil {
			return err
		}
		t.Browser, t.ExpiresAt = p.browserHash(browser), now.Add(transactionLife)
		return p.keep(tx, p.key(transactionDrawer, t.ID), t, t.ExpiresAt)
	})
	if err == nil {
		setCookie(w, r, browserCookie, browser)
	}
	return err
}

// browserHash is what a transaction knows of its browser's cookie.
func (p *Provider) browserHash(cookie string) string { return sessionID(cookie) }

// resume gives the transaction that a form belongs to, or says why the form is not believed.
func (p *Provider) resume(r *http.Request, id, purpose string) (*transaction, *pageProblem, error) {
	var guard http.CrossOriginProtection
	browser := cookieText(r, browserCookie)
	if guard.Check(r) != nil || browser == "" {
		return nil, foreignForm(), nil
	}
	t := &transaction{ID: id}
	err := p.view(r.Context(), func(tx store.Tx) error { return p.readTransaction(tx, t) })
	if errors.Is(err, errAnswered) {
		return nil, answeredForm(), nil
	}
	if err != nil {
		return nil, nil, err
	}
	if t.Purpose != purpose || subtle.ConstantTimeCompare([]byte(p.browserHash(browser)), []byte(t.Browser)) != 1 {
		return nil, foreignForm(), nil
	}
	return t, nil, nil
}

func (p *Provider) readTransaction(tx store.Tx, t *transaction) error {
	err := recall(tx, p.key(transactionDrawer, t.ID), t)
	if errors.Is(err, errNoRecord) || err == nil && !p.clock.Now().Before(t.ExpiresAt) {
		return errAnswered
	}
	return err
}

// finish ends a transaction. It fails with errAnswered when somebody else has, so that of two answers one counts.
func (p *Provider) finish(tx store.Tx, t *transaction) error {
	if err := p.readTransaction(tx, &transaction{ID: t.ID}); err != nil {
		return err
	}
	return tx.Delete(p.key(transactionDrawer, t.ID))
}

// rewrite writes a transaction back whose page is shown again in another form.
func (p *Provider) rewrite(ctx context.Context, t *transaction) error {
	return p.store.Update(ctx, func(tx store.Tx) error { return p.rewriteIn(tx, t) })
}

func (p *Provider) rewriteIn(tx store.Tx, t *transaction) error {
	if err := p.readTransaction(tx, &transaction{ID: t.ID}); err != nil {
		return err
	}
	return p.keep(tx, p.key(transactionDrawer, t.ID), t, t.ExpiresAt)
}

func foreignForm() *pageProblem {
	return &pageProblem{
		Status: http.StatusForbidden, Title: "This form was not shown to you", Code: "invalid_request",
		Detail: "The form came from another site, from another browser than the one it was shown in, or without cookies.",
		Advice: "Allow cookies for this address, go back to the application and sign in again.",
	}
}

func answeredForm() *pageProblem {
	return &pageProblem{
		Title: "This page is over", Code: "invalid_request",
		Detail: "It has been answered already, or was open for longer than ten minutes.",
		Advice: "Go back to the application and sign in again.",
	}
}

// pageForm reads what a browser or client sent: of a POST the body alone, else the query. It answers what it cannot read,
// and says false then.
func (p *Provider) pageForm(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	if r.Method != http.MethodPost {
		values, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil || len(r.URL.RawQuery) > maxForm {
			p.showProblem(w, unreadable("The query of the address cannot be read: a % stands without two hexadecimal digits, a ; stands bare, or it is longer than 64 KiB."))
			return nil, false
		}
		return values, true
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		e := unreadable("A POST must be a form of type application/x-www-form-urlencoded.")
		e.Status = http.StatusUnsupportedMediaType
		p.showProblem(w, e)
		return nil, false
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	values, malformed := url.ParseQuery(string(body))
	if err != nil || malformed != nil || len(body) > maxForm {
		p.showProblem(w, unreadable("The form cannot be read: it is not encoded as application/x-www-form-urlencoded, longer than 64 KiB, or was cut off."))
		return nil, false
	}
	return values, true
}

func unreadable(detail string) *pageProblem {
	return &pageProblem{Code: "invalid_request", Detail: detail, Advice: "Look at how the application makes this request."}
}
