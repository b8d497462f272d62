package grade

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
)

// classOf gives the class of the credential that a call showed: what the recorder says, else the only one whose format begins as
// the credential does, else the only one of the scheme that stands there; nil where it cannot be told.
func classOf(rec *Recording, c *Call, mark string) *contracts.CredentialBehaviour {
	classes := rec.Contract.Behaviour.Credentials
	var found *contracts.CredentialBehaviour
	for i := range classes {
		k := &classes[i]
		if c.Class != "" {
			if k.Name == c.Class {
				return k
			}
			continue
		}
		if prefix := markPrefix(mark); prefix == "" || !strings.HasPrefix(strings.TrimPrefix(k.Format, "^"), prefix) {
			continue
		}
		if found != nil && (found.Environment != k.Environment || found.Browser != k.Browser) {
			return nil
		}
		found = k
	}
	if found == nil && c.Class == "" && markPrefix(mark) == "" {
		return classByScheme(rec, c, mark)
	}
	return found
}

// markPrefix is the documented prefix that a mark shows: "ek_live_".
func markPrefix(mark string) string {
	parts := strings.Split(mark, "~")
	if len(parts) != 3 {
		return ""
	}
	return parts[1]
}

// classByScheme finds the class by the place in which the credential stands, where one class alone is for that place.
func classByScheme(rec *Recording, c *Call, mark string) *contracts.CredentialBehaviour {
	var place showing
	for _, s := range showings(c) {
		if s.mark == mark {
			place = s
			break
		}
	}
	classes := rec.Contract.Behaviour.Credentials
	var found *contracts.CredentialBehaviour
	for i := range classes {
		s := rec.Contract.Security[classes[i].Scheme]
		if s == nil || !oneScheme(s).fits(place) {
			continue
		}
		if found != nil {
			return nil
		}
		found = &classes[i]
	}
	return found
}

func oneScheme(s *contracts.SecurityScheme) places {
	return placesOf(&contracts.Contract{Security: map[string]*contracts.SecurityScheme{s.Key: s}})
}

// browserSent says whether a browser sent a call, and how sure that is. Sec-Fetch-Site and Sec-Fetch-Dest cannot be set by scripts;
// Sec-Fetch-Mode alone comes from servers as well, whose fetch copies the browsers' (Fetch Metadata Request Headers, 2).
func browserSent(rec *Recording, c *Call) (sure check.Certainty, by string) {
	h := c.RequestHeader
	site, origin, agent := h.Get("Sec-Fetch-Site"), h.Get("Origin"), h.Get("User-Agent")
	mozilla := strings.HasPrefix(agent, "Mozilla/") && !strings.Contains(agent, "jsdom")
	relayed := h.Get("Forwarded") != "" || h.Get("X-Forwarded-For") != "" || h.Get("Via") != ""
	switch {
	case ownPage(rec, c):
		return "", ""
	case rec.Browser:
		return check.Certain, "the recording of a browser"
	case site != "" && site != "same-origin" && !relayed:
		return check.Certain, "Sec-Fetch-Site: " + site
	case site != "":
		return check.Likely, "Sec-Fetch-Site: " + site
	case h.Get("Sec-Fetch-Dest") != "":
		return check.Likely, "Sec-Fetch-Dest"
	case h.Get("Sec-Fetch-Mode") != "" && mozilla:
		return check.Likely, "Sec-Fetch-Mode and the User-Agent of a browser"
	case strings.HasPrefix(origin, "http") && (mozilla || agent == ""):
		return check.Likely, "Origin: " + origin
	}
	return "", ""
}

// ownPage says that the call comes from a page that the API itself serves, such as the one on which its operations are tried out.
func ownPage(rec *Recording, c *Call) bool {
	page := rec.Contract.Behaviour.Serve.Page
	if page == "" {
		return false
	}
	if c.RequestHeader.Get("Sec-Fetch-Site") == "same-origin" {
		return true
	}
	u, err := url.Parse(c.RequestHeader.Get("Referer"))
	return err == nil && strings.HasSuffix(u.Path, page)
}

// judgeBrowser looks for credentials in browsers about which the contract says a word.
func judgeBrowser(rec *Recording, t *Trial, word string) {
	spoken := false
	for i := range rec.Contract.Behaviour.Credentials {
		spoken = spoken || rec.Contract.Behaviour.Credentials[i].Browser == word
	}
	if !spoken {
		t.NotExercised("the contract says of no credential that browsers are no place for it")
		if word == "discourage" {
			t.NotExercised("the contract recommends no kind of credential for browsers over another")
		}
		return
	}
	shown := shownBy(rec)
	for _, c := range rec.Calls {
		mark := shown[c]
		if mark == "" || c.Method == http.MethodOptions {
			continue
		}
		class := classOf(rec, c, mark)
		if class == nil || word == "forbid" && class.Browser != word {
			continue
		}
		t.Exercised(c)
		if class.Browser != word {
			continue
		}
		sure, by := browserSent(rec, c)
		if sure == "" {
			continue
		}
		f := finding{
			message: fmt.Sprintf("A browser sent the credential %s of the kind %s, as %s tells.", mark, class.Name, by),
			want:    "calls from a server", got: "a call from a browser", where: "request credential", keyword: "browser", sure: sure, at: check.PlaceOf(class.At), whole: true,
		}
		if word == "discourage" {
			f.want = "a credential that is meant for browsers"
		}
		if sure == check.Likely {
			f.message += " A server that hands on its visitors' headers looks the same."
		}
		t.breaks(f, c)
	}
}
