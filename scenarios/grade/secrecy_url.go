package grade

import (
	"fmt"
	"slices"
	"strings"

	"understudy/contracts/check"
)

// addressed are parameters of URLs that carry what is no credential, or what a standard puts there.
var addressed = []string{"code", "state", "nonce", "idtokenhint", "codechallenge", "loginhint", "requesturi", "sessionstate", "clientid"}

func judgeInURL(rec *Recording, t *Trial) {
	p := placesOf(rec.Contract)
	known := credentialsOf(rec)
	links := newLookup()
	for i, c := range rec.Calls {
		if inbound(c) {
			continue
		}
		list := showings(c)
		if slices.ContainsFunc(list, func(s showing) bool { return known[s.mark] || p.fits(s) }) {
			t.Exercised(c)
		}
		for _, s := range list {
			if s.in == "query" && p.queries[s.name] {
				t.breaks(finding{
					message: fmt.Sprintf("The contract wants the key in the query parameter %s; whoever writes URLs down writes it down.", s.name),
					want:    "a scheme that uses a header", got: "a key in the URL", where: s.where(), keyword: "by contract", level: check.Note, whole: true,
					advice: "Keep the URLs of these calls out of logs, and ask the vendor for a scheme that uses a header.",
				}, c)
				continue
			}
			if !strayInURL(c, s, known) || !known[s.mark] && links.given(rec.Calls[:i], s.mark) { // the API itself made the link
				continue
			}
			t.breaks(finding{
				message: fmt.Sprintf("%s %s carries the credential %s in its URL.", c.Method, told(c), s.mark),
				want:    "the credential in " + p.String(), got: s.where(), where: s.where(), keyword: s.in,
			}, c)
		}
	}
}

// strayInURL says that a secret stands in a URL, or in Referer, where the operation has no place for it.
func strayInURL(c *Call, s showing, known map[string]bool) bool {
	switch s.in {
	case "query":
		return !declares(c.Operation, "query", s.name) && !slices.Contains(addressed, folded(s.name))
	case "path":
		return !declaresSegment(c, s.mark)
	case "user", "fragment":
		return true
	case "header":
		return s.name == "Referer" && known[s.mark]
	}
	return false
}

// declaresSegment says that a secret stands in a segment of the path for which the template has an expression.
func declaresSegment(c *Call, mark string) bool {
	if c.Operation == nil {
		return false
	}
	parts := strings.Split(pathOf(c), "/")
	segments := c.Operation.Segments
	for i := 1; i <= len(segments) && i <= len(parts); i++ {
		if strings.Contains(parts[len(parts)-i], mark) {
			return len(segments[len(segments)-i].Names) > 0
		}
	}
	return false
}
