package identity

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"understudy/mock/credential"
)

// subject is the name of a user or, where there is none, of a client in tokens. Authentik shows a hash and Google a number of 21
// digits.
func (p *Provider) subject(user, client string) string {
	name := cmp.Or(user, client)
	sum := sha256.Sum256([]byte(p.contract.Name + "\x00" + name))
	switch p.settings.flavour {
	case flavourAuthentik:
		return hex.EncodeToString(sum[:])
	case flavourGoogle:
		digits := strconv.FormatUint(binary.BigEndian.Uint64(sum[:]), 10)
		return "1" + strings.Repeat("0", 20-len(digits)) + digits
	}
	return name
}

// profile gives the claims of a user that scopes ask for (OpenID Connect Core 1.0, 5.4), without sub. The map is the caller's.
func (p *Provider) profile(u *credential.User, scopes []string) map[string]any {
	claims := map[string]any{}
	if u == nil {
		return claims
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(scopes, name) })
	}
	if has(scopeEmail, "https://www.googleapis.com/auth/userinfo.email") {
		claims["email"] = u.Email
		claims["email_verified"] = !p.settings.is(flavourAuthentik) // false there since 2025.10
	}
	if has(scopeProfile, "https://www.googleapis.com/auth/userinfo.profile") {
		p.names(claims, u)
	}
	if has("entitlements") && p.settings.is(flavourAuthentik) {
		claims["entitlements"], claims["roles"] = []string{}, roles(u)
	}
	return claims
}

// names adds the claims of the scope profile.
func (p *Provider) names(claims map[string]any, u *credential.User) {
	claims["name"] = u.Name
	login, _, _ := strings.Cut(u.Email, "@")
	if p.settings.is(flavourAuthentik) {
		claims["given_name"], claims["preferred_username"], claims["nickname"] = u.Name, login, login
		claims["groups"] = roles(u)
		return
	}
	given, family, two := cutLast(u.Name)
	claims["given_name"] = given
	if two {
		claims["family_name"] = family
	}
	if p.settings.is(flavourRFC) {
		claims["preferred_username"] = login
	}
}

// cutLast cuts a name at its last blank.
func cutLast(name string) (given, family string, ok bool) {
	at := strings.LastIndexByte(name, ' ')
	if at < 0 {
		return name, "", false
	}
	return name[:at], name[at+1:], true
}

func roles(u *credential.User) []string {
	if u.Role == "" {
		return []string{}
	}
	return []string{u.Role}
}
