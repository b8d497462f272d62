package contracts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"
)

// checkCredentials holds what is said of credentials and of the identity provider against what may be said.
func (c *compiler) checkCredentials() error {
	b := &c.contract.Behaviour
	names := map[string]bool{}
	for i := range b.Credentials {
		credential := &b.Credentials[i]
		if credential.Name == "" || names[credential.Name] {
			return behaviourError(b.At, fmt.Sprintf("credentials[%d]: the name %q is empty or taken", i, credential.Name), "give each credential a name of its own")
		}
		names[credential.Name] = true
		if err := c.checkCredential(credential); err != nil {
			return err
		}
	}
	if err := oneOf(b.At, "authorization", []string{"strict"}, b.Authorization); err != nil {
		return err
	}
	p := b.Provider
	if p == nil {
		return nil
	}
	for word, check := range map[string]struct {
		value string
		known []string
	}{
		"flavour": {p.Flavour, flavourWords}, "reuse": {p.Reuse, reuseWords},
		"refreshFor": {p.RefreshFor, []string{"all", "offline_access"}}, "accessToken": {p.AccessToken, []string{"jwt", "opaque"}},
	} {
		if err := oneOf(b.At, "provider: "+word, check.known, check.value); err != nil {
			return err
		}
	}
	return c.checkDurations("provider", map[string]string{"reuseGrace": p.ReuseGrace, "code": p.Code, "access": p.Access, "refresh": p.Refresh, "device": p.Device})
}

func (c *compiler) checkCredential(credential *CredentialBehaviour) error {
	b := &c.contract.Behaviour
	what := fmt.Sprintf("credential %q", credential.Name)
	if credential.Scheme != "" && c.contract.Security[credential.Scheme] == nil {
		return behaviourError(b.At, fmt.Sprintf("%s satisfies the security scheme %q, which is not defined", what, credential.Scheme), "name a key of components.securitySchemes")
	}
	if err := c.checkDurations(what, map[string]string{"lifetime": credential.Lifetime, "grace": credential.Grace, "sliding": credential.Sliding, "skew": credential.Skew}); err != nil {
		return err
	}
	if _, err := regexp.Compile(credential.Format); err != nil {
		return behaviourError(b.At, fmt.Sprintf("%s: %v", what, err), "write a regular expression as Go reads it")
	}
	for _, check := range []struct {
		word   string
		known  []string
		values []string
	}{
		{"kind", credentialKinds, []string{credential.Kind}},
		{"csrf", csrfWords, []string{credential.CSRF}},
		{"reuse", reuseWords, []string{credential.Reuse}},
		{"endedBy", endWords, credential.EndedBy},
		{"algorithm", algorithmNames, []string{credential.Algorithm}},
		{"provider", flavourWords, []string{credential.Provider}},
		{"allows", allowWords, slices.Collect(maps.Values(credential.Allows))},
		{"roles", allowWords, slices.Collect(maps.Values(credential.Roles))},
	} {
		if err := oneOf(b.At, what+": "+check.word, check.known, check.values...); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) checkDurations(what string, durations map[string]string) error {
	for _, word := range slices.Sorted(maps.Keys(durations)) {
		d := durations[word]
		if parsed, err := time.ParseDuration(d); d != "" && (err != nil || parsed < 0) {
			return behaviourError(c.contract.Behaviour.At, fmt.Sprintf("%s: %s cannot be %q", what, word, d), "write a duration such as 24h or 15m")
		}
	}
	return nil
}
