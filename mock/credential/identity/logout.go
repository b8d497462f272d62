package identity

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"understudy/mock/credential"
	"understudy/mock/store"
)

// A logoutPage asks whether the user wants to be signed out.
type logoutPage struct {
	frame
	visitor
	Application, Transaction string
}

// A logoutRequest is a client's wish that the user be signed out (OpenID Connect RP-Initiated Logout 1.0, 2).
type logoutRequest struct {
	Client       *credential.Client // nil: nobody says whose wish it is
	URI          string             // where to go afterwards; empty: nowhere
	State        string
	Hinted       bool // an ID token came along
	SID, Subject string
}

// serveEndSession is the end session endpoint (OpenID Connect RP-Initiated Logout 1.0, 2). An ID token of the browser's own
// session ends it at once; without one the user is asked, since any page could have sent the browser here.
func (p *Provider) serveEndSession(w http.ResponseWriter, r *http.Request) {
	v, ok := p.pageForm(w, r)
	if !ok {
		return
	}
	var err error
	if r.Method == http.MethodPost && v.Has("transaction") {
		err = p.decideLogout(w, r, v)
	} else {
		err = p.beginLogout(w, r, v)
	}
	switch {
	case errors.Is(err, errAnswered):
		p.showProblem(w, answeredForm())
	case err != nil:
		p.internalProblem(w, "signing out", err)
	}
}

func (p *Provider) beginLogout(w http.ResponseWriter, r *http.Request, v url.Values) error {
	q, problem, err := p.readLogout(r.Context(), v)
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
	switch {
	case l == nil && q.SID != "": // the browser has forgotten its session
		return p.endSession(w, r, q, q.SID)
	case l == nil:
		return p.endSession(w, r, q, "")
	case p.options.AutoApprove, q.SID == l.name(), q.Hinted && q.SID == "" && p.isSubject(&credential.User{ID: l.User}, q.Subject):
		return p.endSession(w, r, q, l.name())
	}
	t := &transaction{Purpose: purposeLogout, Values: v, Login: l.ID}
	if err := p.begin(w, r, t); err != nil {
		return err
	}
	people, err := p.visitor(r.Context(), l, "")
	if err != nil {
		return err
	}
	page := logoutPage{frame: p.frame("Sign out?"), visitor: people, Transaction: t.ID}
	if q.Client != nil {
		page.Application = clientName(q.Client)
	}
	p.show(w, http.StatusOK, "logout", page, formActions(q.URI))
	return nil
}

// decideLogout takes what the user said on the page.
func (p *Provider) decideLogout(w http.ResponseWriter, r *http.Request, v url.Values) error {
	t, problem, err := p.resume(r, v.Get("transaction"), purposeLogout)
	if err != nil {
		return err
	}
	if problem != nil {
		p.showProblem(w, problem)
		return nil
	}
	q, problem, err := p.readLogout(r.Context(), t.Values)
	if err != nil {
		return err
	}
	action := v.Get("action")
	if problem == nil && action != "approve" && action != "deny" {
		problem = unreadable("The form does not say whether to sign out.")
	}
	if problem != nil {
		p.showProblem(w, problem)
		return nil
	}
	if err := p.store.Update(r.Context(), func(tx store.Tx) error { return p.finish(tx, t) }); err != nil {
		return err
	}
	if action == "deny" {
		p.show(w, http.StatusOK, "message", messagePage{frame: p.frame("Still signed in"), Text: "Nothing has changed. You can close this page."}, "'none'")
		return nil
	}
	return p.endSession(w, r, q, sessionName(t.Login))
}

// endSession ends a session, makes the browser forget it, and goes where the client wants.
func (p *Provider) endSession(w http.ResponseWriter, r *http.Request, q *logoutRequest, sid string) error {
	if sid != "" {
		if err := p.endLogin(r.Context(), sid); err != nil {
			return err
		}
	}
	setCookie(w, r, loginCookie, "")
	if q.URI == "" {
		p.show(w, http.StatusOK, "message", messagePage{frame: p.frame("Signed out"), Text: "Your session here has ended. You can close this page."}, "'none'")
		return nil
	}
	to := q.URI
	if q.State != "" {
		to = withQuery(to, encode([]fact{{"state", q.State}}))
	}
	redirect(w, r, to)
	return nil
}

// readLogout holds a request against the rules. Nothing that is wrong goes back by redirect, since nothing vouches for the
// address then.
func (p *Provider) readLogout(ctx context.Context, v url.Values) (*logoutRequest, *pageProblem, error) {
	for _, name := range []string{"id_token_hint", "client_id", "post_logout_redirect_uri", "state"} {
		if len(v[name]) > 1 {
			return nil, &pageProblem{Code: codeInvalidRequest, Detail: "The application sent " + name + " more than once.", Advice: adviceDeveloper}, nil
		}
	}
	q := &logoutRequest{State: v.Get("state")}
	client := v.Get("client_id")
	if hint := v.Get("id_token_hint"); hint != "" {
		claims, err := p.registry.VerifySigned(hint) // one that has expired will do (RP-Initiated Logout 1.0, 4)
		if err != nil {
			return nil, &pageProblem{Code: codeInvalidRequest, Detail: "The id_token_hint is not a token that this provider has signed.", Advice: adviceDeveloper}, nil
		}
		q.Hinted = true
		q.Subject, _ = claims["sub"].(string)
		q.SID, _ = claims["sid"].(string)
		audience := audienceOf(claims)
		if client != "" && client != audience {
			return nil, &pageProblem{Code: codeInvalidRequest, Detail: "The id_token_hint was issued to another application than client_id names.", Advice: adviceDeveloper}, nil
		}
		client = audience
	}
	problem, err := p.logoutClient(ctx, q, client)
	if problem != nil || err != nil {
		return nil, problem, err
	}
	return q, p.logoutTarget(q, v.Get("post_logout_redirect_uri")), nil
}

// audienceOf is the client that an ID token was issued to.
func audienceOf(claims map[string]any) string {
	if azp, _ := claims["azp"].(string); azp != "" {
		return azp
	}
	if list, _ := claims["aud"].([]any); len(list) == 1 {
		first, _ := list[0].(string)
		return first
	}
	audience, _ := claims["aud"].(string)
	return audience
}

func (p *Provider) logoutClient(ctx context.Context, q *logoutRequest, id string) (*pageProblem, error) {
	if id == "" {
		return nil, nil
	}
	c, err := p.registry.Client(ctx, id)
	if errors.Is(err, credential.ErrNotFound) {
		return &pageProblem{Code: codeInvalidClient, Detail: "No application has this client_id here.", Advice: adviceDeveloper, Facts: []fact{{"client_id", shorten(id, 200)}}}, nil
	}
	q.Client = c
	return nil, err
}

// logoutTarget takes the address to go to afterwards, if it is one of the client's own (RP-Initiated Logout 1.0, 3).
func (p *Provider) logoutTarget(q *logoutRequest, uri string) *pageProblem {
	switch {
	case uri == "":
		return nil
	case q.Client == nil:
		return &pageProblem{
			Code: codeInvalidRequest, Detail: "The request says where to go afterwards, but not whose request it is.",
			Advice: "The application must send id_token_hint or client_id beside post_logout_redirect_uri.",
		}
	case !permitsRedirect(q.Client, uri):
		return &pageProblem{
			Code: codeInvalidRequest, Detail: "The address to which the application wants you sent back is not one of its own.",
			Advice: "It must be one of the client's redirect URIs, character by character. You are still signed in.",
			Facts:  append([]fact{{"post_logout_redirect_uri", shorten(uri, 300)}}, known(q.Client)...),
		}
	}
	q.URI = uri
	return nil
}
