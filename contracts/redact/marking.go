package redact

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"understudy/contracts"
)

// mostMarked bounds how many secrets a Marking looks for in all exchanges; those found later are marked where they were found.
const mostMarked = 2048

// A Marking puts marks into the exchanges of one recording. What one of them shows to be a secret is marked in all, so that a token
// that was answered in JSON is found again in a URL. It is safe for concurrent use. Make it with Redactor.Marking.
type Marking struct {
	redactor *Redactor
	marker   *Marker

	mu     sync.Mutex
	known  secrets           // all that were found
	recent secrets           // those of them that big does not know
	big    *strings.Replacer // of most that are known; nil: of none
	small  *strings.Replacer // of recent; nil: it has to be made
}

// Marking gives what puts marks into exchanges.
func (r *Redactor) Marking(m *Marker) *Marking {
	k := &Marking{redactor: r, marker: m, known: secrets{}, recent: secrets{}}
	for text := range r.known {
		k.add(text, m.Mark(text))
	}
	return k
}

func (k *Marking) add(text, mark string) {
	if _, known := k.known[text]; !known && len(k.known) < mostMarked {
		k.known[text], k.recent[text], k.small = mark, mark, nil
	}
}

// Learn looks for secrets in an exchange.
func (k *Marking) Learn(x *contracts.Exchange) {
	w := k.work(x)
	w.parts(x)
	k.mu.Lock()
	defer k.mu.Unlock()
	for text, mark := range w.learned {
		k.add(text, mark)
	}
}

// Exchange gives a copy of x with marks in place of its secrets, and the work that was done, by whose Note what is told about the
// exchange can be marked as well.
func (k *Marking) Exchange(x *contracts.Exchange) (contracts.Exchange, *Work) {
	w := k.work(x)
	clean := w.parts(x)
	k.mu.Lock()
	w.layers = k.layers()
	for text := range w.learned {
		if k.known[text] != "" {
			delete(w.learned, text) // a layer knows it
		}
	}
	k.mu.Unlock()
	w.Finish(&clean)
	return clean, w
}

func (k *Marking) work(x *contracts.Exchange) *Work {
	w := k.redactor.begin(x.Operation)
	w.stand, w.marker = k.marker, k.marker
	return w
}

// layers gives what replaces all that is known. It is made anew as a whole only when much has come: followers of a journal learn with
// every entry.
func (k *Marking) layers() []*strings.Replacer {
	if len(k.recent) > 64+len(k.known)/2 {
		k.big, k.recent, k.small = k.known.replacer(), secrets{}, nil
	}
	if k.small == nil && len(k.recent) > 0 {
		k.small = k.recent.replacer()
	}
	var list []*strings.Replacer
	for _, one := range []*strings.Replacer{k.small, k.big} {
		if one != nil {
			list = append(list, one)
		}
	}
	return list
}

// markBasic marks the pair of HTTP basic (RFC 7617), which is shown as it is and not in base64: readers look for marks. The password
// is a client's secret as a form would write it (RFC 6749, 2.3.1), unless decoding it gives what no such secret has. A user name is
// the secret where there is no password, or where it has the form of a credential.
func (w *Work) markBasic(pair string) string {
	user, password, _ := strings.Cut(pair, ":")
	if plain, err := url.QueryUnescape(password); err == nil && !strings.Contains(plain, " ") {
		password = plain
	}
	if password == "" {
		return w.Take(user, AsCredential) + ":"
	}
	return w.byFormat(user) + ":" + w.Take(password, AsCredential)
}

// markCookie marks a cookie. Only what is a credential by its name is looked for elsewhere: others hold what pages remember.
func (w *Work) markCookie(name, value string) string {
	plain := strings.Trim(strings.TrimSpace(value), `"`)
	if plain == "" {
		return value
	}
	n := bare(name)
	if w.names["cookie "+strings.ToLower(strings.TrimSpace(name))] || secrecyOf(name) != NotSecret || strings.Contains(n, "sess") || strings.HasSuffix(n, "sid") || strings.Contains(n, "auth") {
		return strings.Replace(value, plain, w.Take(plain, AsCredential), 1)
	}
	return strings.Replace(value, plain, w.marker.Mark(plain), 1)
}

// What stands beside an authorization code or a device code.
var (
	asksForToken = regexp.MustCompile(`(?:^|[?&"\s])grant_type["=]`) // RFC 6749, 4.1.3; RFC 8628, 3.4
	handsBack    = regexp.MustCompile(`(?:^|[?&#])state=`)           // RFC 6749, 4.1.2
)

// shortestCode is how long a code is that is handed back: a country and its state have the same names.
const shortestCode = 10

// codeSecrecy judges a parameter or member that may hold such a code.
func (w *Work) codeSecrecy(name, value, around string) Secrecy {
	if w.marker == nil || name != "code" && name != "device_code" {
		return NotSecret
	}
	if asksForToken.MatchString(around) || len(value) >= shortestCode && handsBack.MatchString(around) {
		return AsCredential
	}
	return NotSecret
}

// address marks a URL in a header: its query and fragment may hand a code or a token back.
func (w *Work) address(text string) string {
	_, end := PathOf(text)
	query, fragment, hasFragment := strings.Cut(text[end:], "#")
	if after, ok := strings.CutPrefix(query, "?"); ok {
		query = "?" + w.pairs(after, "query", nil)
	}
	if hasFragment {
		query += "#" + w.pairs(fragment, "query", nil)
	}
	return w.text(text[:end] + query)
}
