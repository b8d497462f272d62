package identity

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// maxForm bounds the body of a request, in bytes.
const maxForm = 64 << 10

// readForm reads a form-encoded body. Parameters without a value count as left out and none may come twice (RFC 6749, 3.1
// and 3.2); those in the URL are not looked at, but a secret there is refused, since URLs are written down on the way
// (2.3.1).
func readForm(r *http.Request) (url.Values, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return nil, newError(codeInvalidRequest, "send the parameters as application/x-www-form-urlencoded")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm+1))
	if err != nil {
		return nil, newError(codeInvalidRequest, "the body could not be read to its end")
	}
	if len(body) > maxForm {
		return nil, &oauthError{Status: http.StatusRequestEntityTooLarge, Code: codeInvalidRequest, Description: "the body is larger than 64 KiB"}
	}
	if query, err := url.ParseQuery(r.URL.RawQuery); err != nil || query.Has("client_secret") || query.Has("client_assertion") {
		return nil, newError(codeInvalidRequest, "credentials of a client must not stand in the URL")
	}
	return singleValues(string(body))
}

// singleValues reads parameters of which each may come once.
func singleValues(encoded string) (url.Values, error) {
	values, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, newError(codeInvalidRequest, "the parameters are not well-formed")
	}
	for name, list := range values {
		if len(list) > 1 {
			if name == "resource" || name == "audience" { // RFC 8707, 2 and RFC 8693, 2.1 allow several
				return nil, newError(codeInvalidTarget, "one resource or audience at a time is supported")
			}
			return nil, newError(codeInvalidRequest, "a parameter must not come twice")
		}
		if list[0] == "" {
			delete(values, name)
		}
	}
	return values, nil
}

// words splits a list of scopes, each once (RFC 6749, 3.3).
func words(scope string) []string {
	var list []string
	for word := range strings.FieldsSeq(scope) {
		list = appendNew(list, word)
	}
	return list
}

func appendNew(list []string, word string) []string {
	for _, known := range list {
		if known == word {
			return list
		}
	}
	return append(list, word)
}

// target gives the resource that tokens are meant for (RFC 8707, 2); empty: none is named.
func target(form url.Values) (string, error) {
	resource := form.Get("resource")
	if u, err := url.Parse(resource); resource != "" && (err != nil || !u.IsAbs() || strings.Contains(resource, "#")) {
		return "", newError(codeInvalidTarget, "resource must be an absolute URI without a fragment")
	}
	return resource, nil
}

// bearer gives what stands behind one of the schemes in Authorization: "Bearer" or "DPoP".
func bearer(r *http.Request) (scheme, token string, err error) {
	lines := r.Header.Values("Authorization")
	if len(lines) > 1 {
		return "", "", errTwoCredentials
	}
	if len(lines) == 0 {
		return "", "", nil
	}
	scheme, token, _ = strings.Cut(lines[0], " ")
	token = strings.Trim(token, " ")
	switch {
	case strings.EqualFold(scheme, "Bearer"):
		return "Bearer", token, nil
	case strings.EqualFold(scheme, "DPoP"):
		return "DPoP", token, nil
	}
	return "", "", nil
}

var errTwoCredentials = errors.New("the request shows two credentials")
