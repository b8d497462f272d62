package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"understudy/mock/credential"
	"understudy/mock/credential/jose"
	"understudy/mock/store"
)

// longestAssertion is how far ahead an assertion's end may lie, so that the memory of used ones stays bounded.
const longestAssertion = time.Hour

// assertionSkew is by how much a client's clock may differ.
const assertionSkew = time.Minute

// assertedClient gives the client that signed an assertion (RFC 7523, 3): issuer and subject are the client, the audience is
// this provider, it has not run out, and its jti has not been seen.
func (p *Provider) assertedClient(r *http.Request, form url.Values) (*credential.Client, error) {
	if form.Get("client_assertion_type") != assertionType {
		return nil, newError(codeInvalidRequest, "client_assertion_type must be "+assertionType)
	}
	token, err := jose.Parse(form.Get("client_assertion"))
	if err != nil {
		return nil, errClient
	}
	id, _ := token.Claims["iss"].(string)
	if subject, _ := token.Claims["sub"].(string); id == "" || subject != id || form.Has("client_id") && form.Get("client_id") != id {
		return nil, errClient
	}
	c, err := p.knownClient(r.Context(), id)
	if err != nil {
		return nil, err
	}
	set, err := jose.ParseSet([]byte(c.Keys))
	if err != nil || token.Verify(set.Keys...) != nil {
		return nil, errClient
	}
	now := p.clock.Now()
	if token.CheckTimes(now, assertionSkew) != nil || !p.audience(r, token.Claims["aud"]) {
		return nil, errClient
	}
	return c, p.useAssertion(r.Context(), id, token, now)
}

// audience says whether one of the audiences is this provider: its issuer, its token endpoint or the place of the request.
func (p *Provider) audience(r *http.Request, claim any) bool {
	mine := []string{p.issuer(r), origin(r) + p.paths.Token, origin(r) + r.URL.EscapedPath()}
	switch aud := claim.(type) {
	case string:
		return slices.Contains(mine, aud)
	case []any:
		return slices.ContainsFunc(aud, func(one any) bool {
			text, ok := one.(string)
			return ok && slices.Contains(mine, text)
		})
	}
	return false
}

// useAssertion lets an assertion be used once. RFC 7523 leaves jti to the parties; here it must be there.
func (p *Provider) useAssertion(ctx context.Context, client string, token *jose.Token, now time.Time) error {
	id, _ := token.Claims["jti"].(string)
	seconds, ok := number(token.Claims["exp"])
	end := time.Unix(seconds, 0)
	if id == "" || !ok || end.After(now.Add(longestAssertion)) {
		return errClient
	}
	return p.useOnce(ctx, "assertion\x00"+client+"\x00"+id, end.Add(assertionSkew), now, errClient)
}

// useOnce remembers an identifier until a time; it fails with refused when it was seen before.
func (p *Provider) useOnce(ctx context.Context, id string, until, now time.Time, refused *oauthError) error {
	fresh := false
	err := p.store.Update(ctx, func(tx store.Tx) (err error) {
		if err = p.sweep(tx, now); err == nil {
			fresh, err = p.once(tx, id, until)
		}
		return err
	})
	if err != nil {
		return err
	}
	if !fresh {
		return refused
	}
	return nil
}

// number reads a claim that is a number of seconds, without its fraction.
func number(claim any) (int64, bool) {
	text, ok := claim.(json.Number)
	if !ok {
		return 0, false
	}
	value, err := text.Float64()
	return int64(value), err == nil
}
