package signature

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"mime"
	"net/url"
	"slices"
	"strings"
)

// bodyHash is the query parameter in which Twilio sends the SHA-256 of a body that is not a form.
const bodyHash = "bodySHA256"

// Address gives the URL that a delivery goes to. It is m.URL for every kind but Twilio, which says the hash of a body
// that is no form in the query.
func (s Scheme) Address(m Message) string {
	if s.Kind != Twilio || isForm(m.ContentType) {
		return m.URL
	}
	address, fragment, _ := strings.Cut(m.URL, "#")
	if fragment != "" {
		fragment = "#" + fragment
	}
	sum := sha256.Sum256(m.Body)
	path, query, _ := strings.Cut(address, "?")
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if part != "" && !strings.HasPrefix(part, bodyHash+"=") {
			kept = append(kept, part)
		}
	}
	return path + "?" + strings.Join(append(kept, bodyHash+"="+hex.EncodeToString(sum[:])), "&") + fragment
}

func isForm(contentType string) bool {
	name, _, err := mime.ParseMediaType(contentType)
	return err == nil && name == "application/x-www-form-urlencoded"
}

// twilioText is what Twilio signs: the URL, and for a form behind it the names and values, names sorted, each value of a
// repeated name once and sorted.
func twilioText(address string, m Message) (string, error) {
	if !isForm(m.ContentType) {
		return address, nil
	}
	form, err := url.ParseQuery(string(m.Body))
	if err != nil {
		return "", errors.New("the body is not a form, although its content type says so")
	}
	var names []string
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	b.WriteString(address)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			b.WriteString(name)
			b.WriteString(v)
		}
	}
	return b.String(), nil
}

// hashMatches says whether the hash in the URL is that of the body. A form has none.
func hashMatches(m Message) bool {
	if isForm(m.ContentType) {
		return true
	}
	u, err := url.Parse(m.URL)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(m.Body)
	given := strings.ToLower(u.Query().Get(bodyHash))
	return subtle.ConstantTimeCompare([]byte(given), []byte(hex.EncodeToString(sum[:]))) == 1
}

// twilioAddresses are the forms of a URL that count as the same: with the scheme's own port and without it, since proxies
// add it and take it away.
func twilioAddresses(address string) []string {
	list := []string{address}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return list
	}
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	switch {
	case port == "":
	case u.Port() == "":
		list = append(list, strings.Replace(address, u.Host, u.Host+":"+port, 1))
	case u.Port() == port:
		list = append(list, strings.Replace(address, u.Host, strings.TrimSuffix(u.Host, ":"+port), 1))
	}
	return list
}
