package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A session keeps a token that is good. It logs in when the first one is needed, renews the token ahead of its end, and lets one
// caller do so while all others wait: a refresh token works once, and a second use of it would end the session.
type session struct {
	api             *API
	email, password string

	mu      sync.Mutex
	tokens  tokens
	renewAt time.Time // when the access token is renewed, some time ahead of its end
	running *renewal  // nil: nobody gets another token
}

type tokens struct {
	AccessToken  string `json:"accessToken"`
	RefreshToken string `json:"refreshToken"`
	ExpiresIn    int    `json:"expiresIn"` // seconds
}

// A renewal is on its way to other tokens. What it came to stands in it when done is closed.
type renewal struct {
	done  chan struct{}
	token string
	err   error
}

// earliest is how long ahead of its end a token is renewed; of tokens that live for less than ten times as long, a tenth of
// their life.
const earliest = 5 * time.Minute

// token gives a good access token, which is another one than refused.
func (s *session) token(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	if good := s.tokens.AccessToken; good != "" && good != refused && s.api.now().Before(s.renewAt) {
		s.mu.Unlock()
		return good, nil
	}
	r := s.running
	if r == nil {
		r = &renewal{done: make(chan struct{})}
		s.running = r
		// It goes on when this caller gives up: the others wait for it too.
		go s.renew(context.WithoutCancel(ctx), r, s.tokens.RefreshToken)
	}
	s.mu.Unlock()
	select {
	case <-r.done:
		return r.token, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// renew trades the refresh token in, or logs in where that does not do.
func (s *session) renew(ctx context.Context, r *renewal, refresh string) {
	began := s.api.now()
	got, err := s.refresh(ctx, refresh)
	if err != nil {
		got, err = s.login(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = got
	life := time.Duration(got.ExpiresIn) * time.Second
	s.renewAt = began.Add(life - min(earliest, life/10))
	r.token, r.err = got.AccessToken, err
	s.running = nil
	close(r.done)
}

// refresh uses a refresh token. An attempt whose answer is lost is not repeated: the token may be used up.
func (s *session) refresh(ctx context.Context, token string) (got tokens, err error) {
	if token == "" {
		return got, errors.New("there is no refresh token yet")
	}
	body := map[string]string{"refreshToken": token}
	err = s.api.call(ctx, request{method: http.MethodPost, path: "/v1/auth/refresh", body: body, open: true}, &got)
	return got, err
}

// login begins a new session. To log in twice does no harm.
func (s *session) login(ctx context.Context) (got tokens, err error) {
	body := map[string]string{"email": s.email, "password": s.password}
	err = s.api.call(ctx, request{method: http.MethodPost, path: "/v1/auth/login", body: body, open: true, again: true}, &got)
	if errors.Is(err, ErrToken) {
		err = fmt.Errorf("%w: %w", ErrLogin, err)
	}
	return got, err
}
