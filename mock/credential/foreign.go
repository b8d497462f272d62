package credential

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"understudy/contracts"
	"understudy/mock/credential/jose"
)

// A foreignToken is a JWT that the registry does not remember and whose signature is right: signed by somebody who has the
// contract's shared secret. Its times are judged at every use.
type foreignToken struct {
	token *jose.Token
	class *Class
}

// foreignTokens keeps those whose signature was checked, by their text. At most mostForeign are kept.
type foreignTokens struct {
	mu    sync.RWMutex
	known map[string]foreignToken
}

const mostForeign = 10_000

func (f *foreignTokens) keep(text string, t foreignToken) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil || len(f.known) >= mostForeign {
		f.known = map[string]foreignToken{}
	}
	f.known[text] = t
}

// lookForeign judges a text that was not issued: as a JWT where it looks like one and the scheme takes JWTs.
func (v *verification) lookForeign(s *contracts.SecurityScheme, seen shown) (finding, error) {
	classes := v.byScheme[s.Key]
	jwt := slices.IndexFunc(classes, func(c *Class) bool { return c.Is(JWT) })
	if jwt >= 0 && strings.Count(seen.text, ".") == 2 {
		return v.lookJWT(classes[jwt], seen)
	}
	rank := rankForeign
	for _, class := range classes {
		prefix := v.prefixOf(class)
		switch {
		case !class.Is(JWT) && prefix != "" && strings.HasPrefix(seen.text, prefix):
			rank = rankKnown // it means this scheme
		case !class.Is(JWT):
			rank = max(rank, rankUnknown)
		}
	}
	if jwt >= 0 && rank == rankForeign {
		return refusing(rank, CodeTokenInvalid, "The token is not a JWT: it has not three parts."), nil
	}
	return refusing(rank, CodeUnknown, "The credential was not issued here."), nil
}

// lookJWT believes a token that was signed with the class's key and is good now.
func (v *verification) lookJWT(class *Class, seen shown) (finding, error) {
	token, err := v.foreignToken(class, seen.text)
	if err != nil {
		return refusing(rankKnown, CodeTokenInvalid, "The token is not believed: "+reason(err)+"."), nil
	}
	if err := token.CheckTimes(v.now, class.SkewFor); errors.Is(err, jose.ErrExpired) {
		return refusing(rankKnown, CodeTokenExpired, "The token has expired."), nil
	} else if err != nil {
		return refusing(rankKnown, CodeTokenInvalid, "The token is not believed: "+reason(err)+"."), nil
	}
	if class.Algorithm != string(jose.HS256) {
		// Only the stand-in has the private key: what it signed and does not remember is no access token (an ID token, say), or
		// was issued before a reset.
		return refusing(rankKnown, CodeTokenInvalid, "The token is not believed: its signature is right, but it is none of the access tokens that were issued."), nil
	}
	if issuer, _ := token.Claims["iss"].(string); class.Issuer != "" && issuer != class.Issuer {
		return refusing(rankKnown, CodeTokenInvalid, "The token is not believed: it names another issuer than "+class.Issuer+"."), nil
	}
	c := &Credential{Kind: JWT, Class: class.Name, Environment: class.Environment, State: class.Good(), Claims: token.Claims, Scopes: scopesOf(token.Claims, class)}
	c.ID, _ = token.Claims["jti"].(string)
	subject, _ := token.Claims["sub"].(string)
	if user, err := v.userIn(v.tx, subject); err == nil {
		c.User, c.Account = user.ID, user.Account
	} else if !errors.Is(err, ErrNotFound) {
		return finding{}, err
	} else if account, err := v.accountIn(v.tx, subject); err == nil {
		c.Account = account.ID
	} else if !errors.Is(err, ErrNotFound) {
		return finding{}, err
	} else if c.Account, err = v.firstAccountIn(v.tx); err != nil {
		return finding{}, err
	}
	holder, err := v.holder(c)
	return finding{holder: holder}, err
}

// foreignToken checks the signature of a token once.
func (v *verification) foreignToken(class *Class, text string) (*jose.Token, error) {
	v.foreign.mu.RLock()
	known, ok := v.foreign.known[text]
	v.foreign.mu.RUnlock()
	if ok && known.class == class {
		return known.token, nil
	}
	token, err := jose.Parse(text)
	if err != nil {
		return nil, err
	}
	keys, err := v.published(v.tx, jose.Algorithm(class.Algorithm))
	if err != nil {
		return nil, err
	}
	if err := token.Verify(keys...); err != nil {
		return nil, err
	}
	if class.Algorithm == string(jose.HS256) { // a shared secret is never rotated, so the answer stays true
		v.foreign.keep(text, foreignToken{token, class})
	}
	return token, nil
}

// reason is an error's text inside a sentence.
func reason(err error) string { return strings.TrimSuffix(err.Error(), ".") }

// scopesOf reads the claims scope (RFC 8693, 4.2) or scp.
func scopesOf(claims map[string]any, class *Class) []string {
	for _, name := range []string{"scope", "scp"} {
		switch value := claims[name].(type) {
		case string:
			return strings.Fields(value)
		case []any:
			var list []string
			for _, v := range value {
				if text, ok := v.(string); ok {
					list = append(list, text)
				}
			}
			return list
		}
	}
	if class.issuedByProvider() {
		return nil
	}
	return class.most()
}
