package scan

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"understudy/contracts"
)

// token looks at a signed token (RFC 7519): it is a contract's when its claims are those that the contract declares.
func (e *examination) token(from int) {
	if !begins(e.text, from) || e.tires(from) || !e.run.dots {
		return
	}
	text := tokenForm().Find(e.text[from:min(len(e.text), from+mostToken)])
	if text == nil || e.scanner.example(string(text)) {
		return
	}
	parts := strings.Split(string(text), ".")
	var head struct{ Alg string }
	var claims map[string]any
	if !readPart(parts[0], &head) || !readPart(parts[1], &claims) || sample(parts[2], 0) {
		return
	}
	for i, c := range e.scanner.options.Contracts {
		for j := range c.Behaviour.Credentials {
			one := &c.Behaviour.Credentials[j]
			if one.Kind != "jwt" || one.Algorithm != "" && one.Algorithm != head.Alg {
				continue
			}
			sure, ok := tokenFits(one, claims)
			if !ok {
				continue
			}
			f := find{from: from, to: from + len(text), class: credential, name: one.Name, contracts: []int{i}, text: string(text), inURL: inURL(e.text, from)}
			if !sure {
				f.likely = "another service may issue tokens with the same claims"
			}
			e.finds = append(e.finds, f)
			break
		}
	}
}

func readPart(part string, into any) bool {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(raw, into) == nil
}

// tokenFits says whether claims are those of a credential: of its issuer, which makes it sure, or else all claims that are declared.
func tokenFits(one *contracts.CredentialBehaviour, claims map[string]any) (sure, ok bool) {
	if one.Issuer != "" {
		return true, claims["iss"] == one.Issuer
	}
	for name := range one.Claims {
		if _, has := claims[name]; !has {
			return false, false
		}
	}
	_, ends := claims["exp"]
	return false, len(one.Claims) > 1 && ends
}
