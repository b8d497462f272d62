package contracts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"understudy/contracts/schema"
)

// checkCredentials holds what is said of credentials and of the identity provider against what may be said.
func (c *compiler) checkCredentials() {
	b := &c.contract.Behaviour
	names := map[string]bool{}
	for i := range b.Credentials {
		credential := &b.Credentials[i]
		if credential.Name == "" || names[credential.Name] {
			c.collect(behaviourError(credential.At, fmt.Sprintf("credentials[%d]: the name %q is empty or taken", i, credential.Name), "give each credential a name of its own").on("name"))
		}
		names[credential.Name] = true
		c.collect(c.checkCredential(credential))
	}
	if err := oneOf(b.At, "authorization", []string{"strict"}, b.Authorization); err != nil {
		c.collect(err)
	}
	if err := oneOf(b.At, "accept", []string{"ignore"}, b.Accept); err != nil {
		c.collect(err)
	}
	if b.Provider != nil {
		c.collect(checkProvider(b.Provider))
	}
}

func checkProvider(p *Provider) error {
	for _, check := range []struct {
		word, value string
		known       []string
	}{
		{"flavour", p.Flavour, flavourWords}, {"reuse", p.Reuse, reuseWords},
		{"refreshFor", p.RefreshFor, []string{"all", "offline_access"}}, {"accessToken", p.AccessToken, []string{"jwt", "opaque"}},
	} {
		if err := oneOf(p.At, "provider: "+check.word, check.known, check.value); err != nil {
			return err
		}
	}
	return checkDurations(p.At, "provider", map[string]string{"reuseGrace": p.ReuseGrace, "code": p.Code, "access": p.Access, "refresh": p.Refresh, "device": p.Device})
}

func (c *compiler) checkCredential(credential *CredentialBehaviour) error {
	at := credential.At
	what := fmt.Sprintf("credential %q", credential.Name)
	if credential.Scheme != "" && c.contract.Security[credential.Scheme] == nil {
		return behaviourError(at, fmt.Sprintf("%s satisfies the security scheme %q, which is not defined", what, credential.Scheme), "name a key of components.securitySchemes").on("scheme")
	}
	if status := credential.CSRFStatus; status != 0 && (status < 400 || status > 499) {
		return behaviourError(at, fmt.Sprintf("%s: csrfStatus cannot be %d", what, status), "use a status from 400 to 499").on("csrfStatus")
	}
	if err := checkDurations(at, what, map[string]string{"lifetime": credential.Lifetime, "grace": credential.Grace, "sliding": credential.Sliding, "skew": credential.Skew}); err != nil {
		return err
	}
	if _, err := regexp.Compile(credential.Format); err != nil {
		return behaviourError(at, fmt.Sprintf("%s: %v", what, err), "write a regular expression as Go reads it").on("format")
	}
	for _, check := range []struct {
		word   string
		known  []string
		values []string
	}{
		{"kind", credentialKinds, []string{credential.Kind}},
		{"csrf", csrfWords, []string{credential.CSRF}},
		{"browser", browserWords, []string{credential.Browser}},
		{"reuse", reuseWords, []string{credential.Reuse}},
		{"endedBy", endWords, credential.EndedBy},
		{"algorithm", algorithmNames, []string{credential.Algorithm}},
		{"provider", flavourWords, []string{credential.Provider}},
		{"allows", allowWords, slices.Collect(maps.Values(credential.Allows))},
		{"roles", allowWords, slices.Collect(maps.Values(credential.Roles))},
	} {
		if err := oneOf(at, what+": "+check.word, check.known, check.values...); err != nil {
			return err
		}
	}
	if credential.Cookie == "" && credential.CSRF != "" {
		return behaviourError(at, what+": csrf protects cookies, and it is none", "add cookie: NAME, or leave csrf out").on("csrf")
	}
	return nil
}

func checkDurations(at schema.Location, what string, durations map[string]string) error {
	for _, word := range slices.Sorted(maps.Keys(durations)) {
		d := durations[word]
		if parsed, err := time.ParseDuration(d); d != "" && (err != nil || parsed < 0) {
			return behaviourError(at, fmt.Sprintf("%s: %s cannot be %q", what, word, d), "write a duration such as 24h or 15m").on(word)
		}
	}
	return nil
}
