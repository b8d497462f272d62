package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// demoClients are the clients of the built-in APIs, by their names.
var demoClients = map[string]func(context.Context, func(string) string) error{
	"ecosire": callECOSIRE, "echowin": callEchowin, "ecoevents": callEcoEvents, "eckospace": callEckoSpace,
}

// demoClientCommand is what the demo rehearses. It is not listed: a user's own client takes its place.
func (p *process) demoClientCommand() *cobra.Command {
	return &cobra.Command{
		Use: "demo-client CONTRACT", Short: "Call one of the built-in APIs as a good client does", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client := demoClients[args[0]]
			if client == nil {
				return fmt.Errorf("there is no client for %q", args[0])
			}
			return client(cmd.Context(), p.getenv)
		},
	}
}

// A demoToken is a credential that several calls share and that one of them renews.
type demoToken struct {
	mu   sync.Mutex
	text string
}

func (t *demoToken) get() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text
}

func (t *demoToken) set(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = text
}

// bearer shows the token as RFC 6750 has it.
func (t *demoToken) bearer(q *http.Request) string {
	text := t.get()
	q.Header.Set("Authorization", "Bearer "+text)
	return text
}

// get is a call that reads.
func get(path string) demoCall { return demoCall{method: http.MethodGet, path: path} }

// reads is the same call many times, as a client makes it that shows what it has.
func reads(times int, paths ...string) []demoCall {
	var list []demoCall
	for i := range times {
		list = append(list, get(paths[i%len(paths)]))
	}
	return list
}

// callECOSIRE begins with its key, logs in, and goes on with the session's token.
func callECOSIRE(ctx context.Context, getenv func(string) string) error {
	c := newDemoClient(getenv("ECOSIRE_BASE_URL"), "")
	c.pace = 30 * time.Millisecond
	token := &demoToken{text: getenv("ECOSIRE_API_KEY")}
	c.show = token.bearer
	if err := c.try(ctx, reads(4, "/contacts?limit=2", "/orders?limit=2", "/licenses?limit=2")...); err != nil {
		return err
	}
	login := func(ctx context.Context, _ string) error {
		a, err := c.do(ctx, demoCall{method: http.MethodPost, path: "/auth/login", open: true, body: map[string]any{"email": getenv("ECOSIRE_USER_EMAIL"), "password": getenv("ECOSIRE_USER_PASSWORD")}})
		if err != nil {
			return err
		}
		var session struct{ Token string }
		if err := a.decode(&session); err != nil || session.Token == "" {
			return errors.New("the login gave no token")
		}
		token.set(session.Token)
		return nil
	}
	if err := login(ctx, ""); err != nil {
		return err
	}
	c.renew = login
	if err := c.try(ctx, reads(9, "/contacts", "/orders", "/licenses")...); err != nil {
		return err
	}
	return c.try(ctx, append(reads(8, "/contacts?limit=5", "/orders?limit=5"), demoCall{
		method: http.MethodPost, path: "/contacts", body: map[string]any{"firstName": "Ada", "lastName": "Lovelace", "email": "ada@analytical.example"},
	})...)
}

// callEchowin reads all pages, and makes, changes and removes a contact.
func callEchowin(ctx context.Context, getenv func(string) string) error {
	c := newDemoClient(getenv("ECHOWIN_BASE_URL"), "")
	key := getenv("ECHOWIN_API_KEY")
	c.show = func(q *http.Request) string {
		q.Header.Set("X-API-Key", key)
		return key
	}
	if err := c.try(ctx, reads(6, "/contacts?page=1&limit=2", "/contacts?page=2&limit=2")...); err != nil {
		return err
	}
	a, err := c.do(ctx, demoCall{method: http.MethodPost, path: "/contacts", body: map[string]any{"firstName": "Ada", "lastName": "Lovelace", "phone": "+14155550142"}})
	if err != nil {
		return unlessForbidden(err)
	}
	var made struct{ ID any }
	if err := a.decode(&made); err != nil || made.ID == nil {
		return errors.New("the contact that was made has no id")
	}
	path := fmt.Sprintf("/contacts/%v", made.ID)
	return c.try(ctx, append(reads(10, path, "/contacts"), demoCall{method: http.MethodDelete, path: path})...)
}

func unlessForbidden(err error) error {
	if errors.Is(err, errDemoForbidden) {
		return nil
	}
	return err
}

// callEcoEvents works with a session that it keeps alive, and beside it with a key that may do what it is needed for and no more.
func callEcoEvents(ctx context.Context, getenv func(string) string) error {
	c := newDemoClient(getenv("ECOEVENTS_BASE_URL"), "")
	access, refresh := &demoToken{}, ""
	c.show = access.bearer
	take := func(a *demoAnswer) error {
		var session struct{ AccessToken, RefreshToken string }
		if err := a.decode(&session); err != nil || session.AccessToken == "" {
			return errors.New("the answer holds no token")
		}
		access.set(session.AccessToken)
		refresh = session.RefreshToken
		return nil
	}
	login := func(ctx context.Context) error {
		a, err := c.do(ctx, demoCall{
			method: http.MethodPost, path: "/v1/auth/login", open: true,
			body: map[string]any{"email": getenv("ECOEVENTS_USER_EMAIL"), "password": getenv("ECOEVENTS_USER_PASSWORD")},
		})
		if err != nil {
			return err
		}
		return take(a)
	}
	c.renew = func(ctx context.Context, _ string) error {
		used := refresh
		refresh = "" // it works once
		if used != "" {
			a, err := c.do(ctx, demoCall{method: http.MethodPost, path: "/v1/auth/refresh", open: true, body: map[string]any{"refreshToken": used}})
			if err == nil {
				return take(a)
			}
		}
		return login(ctx)
	}
	if err := login(ctx); err != nil {
		return err
	}
	list := []string{"/v1/events?limit=3", "/v1/vendors?limit=3", "/v1/analytics"}
	if err := c.try(ctx, reads(3, list...)...); err != nil {
		return err
	}
	if err := c.together(ctx, 3, reads(9, list...)...); err != nil {
		return err
	}
	return callWithKey(ctx, getenv, "ecoevents", c.base, "active", []string{"events:read", "vendors:read"}, reads(12, "/v1/events?limit=3", "/v1/vendors?limit=3"))
}

// callWithKey has a key issued that may do only what the calls need, and carries them out with it.
// state is the one in which a key is good.
func callWithKey(ctx context.Context, getenv func(string) string, contract, base, state string, scopes []string, calls []demoCall) error {
	dashboard := newDemoClient(getenv("UNDERSTUDY_CONTROL_URL"), "") // where a person would click
	dashboard.show = (&demoToken{text: getenv("UNDERSTUDY_CONTROL_TOKEN")}).bearer
	a, err := dashboard.do(ctx, demoCall{method: http.MethodPost, path: "/contracts/" + contract + "/keys", body: map[string]any{"name": "Reader of the demo", "scopes": scopes, "state": state}})
	if err != nil {
		return fmt.Errorf("a key is issued: %w", err)
	}
	var issued struct {
		Text string
		Key  struct{ Text string }
	}
	if err := a.decode(&issued); err != nil {
		return err
	}
	c := newDemoClient(base, "")
	c.show = (&demoToken{text: issued.Text + issued.Key.Text}).bearer
	return c.try(ctx, calls...)
}

// callEckoSpace reads and writes posts, each write with a key of its own, and uploads through a queue.
func callEckoSpace(ctx context.Context, getenv func(string) string) error {
	c := newDemoClient(getenv("ECKOSPACE_BASE_URL"), "")
	c.show = (&demoToken{text: getenv("ECKOSPACE_TOKEN")}).bearer
	post := func(title string) demoCall {
		return demoCall{method: http.MethodPost, path: "/api/posts", key: true, body: map[string]any{"title": title, "body": "All are welcome."}}
	}
	if err := c.try(ctx, append(reads(5, "/api/posts", "/api/translations/app?locale=en"), post("Tool library"), post("Seed swap"))...); err != nil {
		return err
	}
	if err := c.try(ctx, reads(3, "/api/posts", "/api/listings", "/api/jobs")...); err != nil {
		return err
	}
	var uploads []demoCall
	for i := range 6 {
		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		file, err := w.CreateFormFile("file", fmt.Sprintf("minutes-%d.txt", i+1))
		if err == nil {
			_, err = fmt.Fprintf(file, "Minutes of meeting %d.\n", i+1)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			return err
		}
		uploads = append(uploads, demoCall{method: http.MethodPost, path: "/api/post/editor/media/document/upload", key: true, form: form.Bytes(), content: w.FormDataContentType()})
	}
	if err := c.together(ctx, 2, uploads...); err != nil {
		return err
	}
	return callWithKey(ctx, getenv, "eckospace", c.base, "approved", []string{"posts:read"}, reads(12, "/api/posts", "/api/posts?search=swap"))
}
