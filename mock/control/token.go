package control

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/mock/credential"
)

// A Token is a token that was issued, with its text.
type Token struct {
	IssuedKey
	Header map[string]any `json:"header,omitempty"` // of a JWT; its claims are those of the credential
}

// tokenRequest is the body of POST /contracts/{contract}/tokens.
type tokenRequest struct {
	Class       string            `json:"class"`
	Name        string            `json:"name"`
	Account     string            `json:"account"`
	User        string            `json:"user"`
	Client      string            `json:"client"`
	Scopes      []string          `json:"scopes"`
	Environment string            `json:"environment"`
	Claims      map[string]any    `json:"claims"`
	Type        string            `json:"type"`
	Issuer      string            `json:"issuer"`
	Audience    string            `json:"audience"`
	Lifetime    string            `json:"lifetime"` // Go duration
	Defect      credential.Defect `json:"defect"`
}

func createToken(c *call) error {
	var q tokenRequest
	sent, err := c.read(&q)
	if err != nil {
		return err
	}
	var life time.Duration
	if q.Lifetime != "" {
		if life, err = time.ParseDuration(q.Lifetime); err != nil || life <= 0 {
			return sent.misfit(&credential.RequestError{Field: "lifetime", Reason: "must be a duration above 0 such as 15m or 24h"})
		}
	}
	if q.Defect != credential.NoDefect && !slices.Contains(credential.Defects, q.Defect) {
		return sent.misfit(&credential.RequestError{Field: "defect", Reason: "must be one of " + joined(credential.Defects)})
	}
	issued, err := c.registry().IssueToken(c.Context(), credential.TokenRequest{
		Class: q.Class, Name: q.Name, Account: q.Account, User: q.User, Client: q.Client, Scopes: q.Scopes, Environment: q.Environment,
		Claims: q.Claims, Type: q.Type, Issuer: q.Issuer, Audience: q.Audience, Life: life, Defect: q.Defect,
	})
	if err != nil {
		return sent.denied(err, "credential", "")
	}
	token := Token{IssuedKey: issuedKeyOf(c.registry(), issued)}
	_, refusal, err := judged(c.Context(), c.registry(), issued.Text) // what is wrong on purpose may be known to nobody
	if err != nil {
		return err
	}
	if token.Good = refusal == nil; !token.Good {
		token.Code = refusal.Code
	}
	token.Header, _, _ = parts(issued.Text)
	return c.created(token)
}

// A Revocation is the answer of POST /contracts/{contract}/tokens/revoke.
type Revocation struct {
	Revoked int `json:"revoked"` // how many were good until now
}

func revokeTokens(c *call) error {
	var q struct {
		ID     string `json:"id"`
		Family string `json:"family"`
	}
	if _, err := c.read(&q); err != nil {
		return err
	}
	r := c.registry()
	switch {
	case (q.ID == "") == (q.Family == ""):
		return problem(http.StatusBadRequest, "malformed_body", "Send either id, of one credential, or family, of all that came from one login or grant.")
	case q.ID != "":
		before, err := r.Credential(c.Context(), q.ID)
		if err == nil {
			_, err = r.Revoke(c.Context(), q.ID)
		}
		if err != nil {
			return members(nil).denied(err, "credential", "")
		}
		if !before.EndedAt.IsZero() {
			return c.answer(Revocation{})
		}
		return c.answer(Revocation{Revoked: 1})
	}
	family, err := r.Credentials(c.Context(), credential.Filter{Family: q.Family})
	if err != nil {
		return err
	}
	if len(family) == 0 {
		return problem(http.StatusNotFound, "credential_not_found", "There is no family of credentials with this id.")
	}
	n, err := r.RevokeFamily(c.Context(), q.Family)
	if err != nil {
		return members(nil).denied(err, "credential", "")
	}
	return c.answer(Revocation{Revoked: n})
}

// parts decodes header and claims of a JWT in its compact form (RFC 7515, 7.1). Nothing is checked.
func parts(text string) (header, claims map[string]any, ok bool) {
	pieces := strings.Split(text, ".")
	if len(pieces) != 3 {
		return nil, nil, false
	}
	for i, into := range []*map[string]any{&header, &claims} {
		data, err := base64.RawURLEncoding.DecodeString(pieces[i])
		if err != nil {
			return nil, nil, false
		}
		decoder := json.NewDecoder(strings.NewReader(string(data)))
		decoder.UseNumber()
		if decoder.Decode(into) != nil || *into == nil {
			return nil, nil, false
		}
	}
	return header, claims, true
}
