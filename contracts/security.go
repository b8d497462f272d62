package contracts

import (
	"encoding/base64"
	"net/http"
	"net/url"
)

// Show puts a credential on a request where the scheme looks for it: a key in its header, query or cookie, user:password
// for HTTP Basic, a token behind the scheme's word in Authorization. Schemes that take no text (mutualTLS) leave the request
// as it is.
func (s *SecurityScheme) Show(q *http.Request, text string) {
	switch {
	case s.Type == "apiKey" && s.In == "header":
		q.Header.Set(s.Name, text)
	case s.Type == "apiKey" && s.In == "query":
		if q.URL.RawQuery != "" {
			q.URL.RawQuery += "&"
		}
		q.URL.RawQuery += url.QueryEscape(s.Name) + "=" + url.QueryEscape(text)
	case s.Type == "apiKey" && s.In == "cookie":
		q.AddCookie(&http.Cookie{Name: s.Name, Value: text})
	case s.Type == "http" && s.Scheme == "basic":
		q.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(text)))
	case s.Type == "http" && s.Scheme != "bearer":
		q.Header.Set("Authorization", s.Scheme+" "+text)
	case s.Type != "mutualTLS":
		q.Header.Set("Authorization", "Bearer "+text)
	}
}
