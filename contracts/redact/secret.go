package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Hidden stands where a secret was. It is legal in JSON strings, URLs and headers.
const Hidden = "***"

// A Secrecy says how much of a value may be shown.
type Secrecy int

// The secrecies.
const (
	NotSecret    Secrecy = iota
	AsCredential         // its documented prefix and its last four characters are shown
	AsCard               // the last four digits are shown
	AsPassword           // nothing is shown, and numbers are Hidden too
)

// mask is what may be shown of a secret. Short ones show nothing: prefix and end would be most of them.
func mask(secret string, as Secrecy) string {
	if as == AsPassword || as == NotSecret {
		return Hidden
	}
	prefix := ""
	if as == AsCredential {
		prefix = Prefix(secret)
	}
	rest := secret[len(prefix):]
	if len(rest) < 16 && !(as == AsCard && len(rest) >= 12) {
		return Hidden
	}
	end := rest[len(rest)-4:]
	if strings.Trim(end, alphanumeric+"_-") != "" { // it could break the text around it
		return prefix + Hidden
	}
	return prefix + Hidden + end
}

const (
	lower        = "abcdefghijklmnopqrstuvwxyz"
	alphanumeric = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// Prefix is the part of a credential that says what it is: up to the last underscore of its first twelve
// characters. Capitals show that the underscore is one of a random text.
func Prefix(secret string) string {
	prefix := secret[:strings.LastIndexByte(secret[:min(12, len(secret))], '_')+1]
	if strings.Trim(prefix, lower+"0123456789_") != "" || prefix == "" || !strings.Contains(lower, prefix[:1]) {
		return ""
	}
	return prefix
}

// secrecyOf judges a header, parameter or member by its name.
func secrecyOf(name string) Secrecy {
	n := bare(name)
	has := func(list ...string) bool { return slices.Contains(list, n) }
	ends := func(list ...string) bool {
		return slices.ContainsFunc(list, func(end string) bool { return strings.HasSuffix(n, end) })
	}
	holds := func(list ...string) bool {
		return slices.ContainsFunc(list, func(part string) bool { return strings.Contains(n, part) })
	}
	switch {
	case holds("password", "passwd", "passphrase", "passcode"):
		if ends("url", "uri", "at", "policy", "required", "strength", "hint", "length") {
			return NotSecret
		}
		return AsPassword
	case has("pwd", "pass", "pin", "otp", "totp", "cvc", "cvv", "cvv2", "csc", "ssn", "mfacode"), ends("securitycode", "onetimecode", "cardcvc", "cardcvv", "userpwd"):
		return AsPassword
	case has("pan", "ccnumber"), ends("cardnumber"):
		return AsCard
	case ends("pagetoken", "nexttoken", "prevtoken", "previoustoken", "continuationtoken", "synctoken", "paginationtoken"):
		return NotSecret // places in a list
	case ends("token", "secret", "apikey", "privatekey", "secretkey", "accesskey", "signingkey", "encryptionkey", "masterkey", "licensekey",
		"tokens", "secrets", "apikeys", "authorization", "credential", "credentials", "assertion", "codeverifier", "tokenhint", "sessionid", "jwt"):
		return AsCredential
	}
	return NotSecret
}

// bare is a name without case, blanks and signs: "X-API-Key" and "x_api_key" are "xapikey".
func bare(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// memberSecrecy is secrecyOf for a member below another: a number is secret below a card.
func memberSecrecy(parent, name string) Secrecy {
	if s := secrecyOf(name); s != NotSecret {
		return s
	}
	if strings.HasSuffix(bare(parent), "card") && bare(name) == "number" {
		return AsCard
	}
	return NotSecret
}

const (
	leastLearned = 6   // bytes: shorter values stand everywhere by chance
	mostLearned  = 256 // secrets of one exchange that are looked for elsewhere
)

// secrets are the values found in one exchange, each with what may be shown instead.
type secrets map[string]string

// learn keeps a secret and what may be shown of it, unless there are most of them already.
func (s secrets) learn(value, shown string, most int) {
	switch value {
	case "string", "password", "secret", "example":
		return // what documents give as examples; hiding these words everywhere hides no secret
	}
	if len(value) >= leastLearned && len(s) < most && !strings.Contains(value, Hidden) {
		s[value] = shown
	}
}

// replacer hides the secrets wherever they stand: as they are, as JSON writes them, percent-encoded and in base64.
func (s secrets) replacer() *strings.Replacer {
	forms := map[string]string{}
	for value, shown := range s {
		plain := func(form string) {
			if _, ok := forms[form]; !ok {
				forms[form] = shown
			}
		}
		plain(value)
		if quoted, err := json.Marshal(value); err == nil {
			plain(string(quoted[1 : len(quoted)-1]))
		}
		plain(strings.ReplaceAll(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value), "/", `\/`))
		for _, encoded := range []string{url.QueryEscape(value), url.PathEscape(value), strings.ReplaceAll(url.QueryEscape(value), "+", "%20")} {
			plain(encoded)
			plain(lowerPercent(encoded))
		}
		for _, form := range base64Forms(value) {
			forms[form] = Hidden
		}
	}
	// Longer forms first: the replacer takes the first that fits. Then by text, for equal results from run to run.
	order := slices.SortedFunc(maps.Keys(forms), func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	pairs := make([]string, 0, 2*len(order))
	for _, form := range order {
		pairs = append(pairs, form, forms[form])
	}
	return strings.NewReplacer(pairs...)
}

// lowerPercent writes the hexadecimal digits of percent-encoding small.
func lowerPercent(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '%' && i+2 < len(b) {
			copy(b[i+1:i+3], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}

// base64Forms are the characters that value becomes inside a longer text in base64, at each of the three places
// where it can begin, without those that depend on its neighbours.
func base64Forms(value string) []string {
	var forms []string
	for before := range 3 {
		bytes := append(make([]byte, before), value...)
		from, to := (before*8+5)/6, len(bytes)*8/6
		if to-from < 8 {
			continue
		}
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if form := encoding.EncodeToString(bytes)[from:to]; !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}
