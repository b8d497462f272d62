package control

import (
	"context"
	"errors"
	"net/http"

	"understudy/contracts"
	"understudy/mock/credential"
)

// A Decoded is the answer of POST /contracts/{contract}/tokens/decode.
type Decoded struct {
	Believed   bool           `json:"believed"`
	Code       string         `json:"code,omitempty"`   // why not, as a stable word
	Reason     string         `json:"reason,omitempty"` // the same for people
	Header     map[string]any `json:"header,omitempty"` // of a JWT, like the claims
	Claims     map[string]any `json:"claims,omitempty"`
	Credential *Key           `json:"credential,omitempty"` // which of those issued it is
}

// decodeToken says what a token is and whether it would be believed. It changes nothing.
func decodeToken(c *call) error {
	var q struct {
		Token string `json:"token"`
	}
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	if q.Token == "" {
		return sent.misfit(&credential.RequestError{Field: "token", Reason: "must not be empty"})
	}
	r := c.registry()
	found, refusal, err := judged(c.Context(), r, q.Token)
	if err != nil {
		return err
	}
	answer := Decoded{Believed: refusal == nil}
	answer.Header, answer.Claims, _ = parts(q.Token)
	if found != nil {
		key := keyOf(r, *found)
		answer.Credential = &key
	}
	if refusal != nil {
		answer.Code, answer.Reason = refusal.Code, refusal.Detail
	}
	return c.answer(answer)
}

// judged says why a text is not believed, nil where it is, and which of the credentials it is, nil where it is none.
func judged(ctx context.Context, r *credential.Registry, text string) (*credential.Credential, *credential.Refusal, error) {
	found, err := r.ByText(ctx, text)
	switch {
	case err == nil:
		return &found, r.Alive(&found, r.Clock().Now()), nil
	case !errors.Is(err, credential.ErrNotFound):
		return nil, nil, err
	}
	refusal, err := foreign(ctx, r, text)
	return nil, refusal, err
}

// foreign says why a text that nobody issued here is not believed; nil where it is nevertheless, as a token is that
// was signed with the contract's own key. The registry is asked as by a request to an operation that any of the classes of
// signed tokens opens; their use leaves no mark.
func foreign(ctx context.Context, r *credential.Registry, text string) (*credential.Refusal, error) {
	unknown := &credential.Refusal{Code: credential.CodeUnknown, Detail: "The credential was not issued here."}
	if _, _, signed := parts(text); !signed {
		return unknown, nil
	}
	operation := &contracts.Operation{}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	if err != nil {
		return nil, err
	}
	for _, class := range r.Classes() {
		if credential.Kind(class.Kind) != credential.JWT || class.Security == nil {
			continue
		}
		operation.Security = append(operation.Security, contracts.Alternative{{Scheme: class.Security}})
		switch s := class.Security; {
		case s.Type == "http":
			request.Header.Set("Authorization", s.Scheme+" "+text)
		case s.Type != "apiKey":
			request.Header.Set("Authorization", "Bearer "+text)
		case s.In == "header":
			request.Header.Set(s.Name, text)
		case s.In == "cookie":
			request.AddCookie(&http.Cookie{Name: s.Name, Value: text})
		case s.In == "query":
			query := request.URL.Query()
			query.Set(s.Name, text)
			request.URL.RawQuery = query.Encode()
		}
	}
	if len(operation.Security) == 0 {
		return unknown, nil
	}
	_, refusal, err := r.Authenticate(ctx, operation, request)
	return refusal, err
}
