package contracts

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
)

// NewRequest makes a request of the operation to a server: arguments encoded into path, query, headers and
// cookies, and a body. A body with Raw is sent as it is; one with Media and Value only is encoded. The base URL
// is that of a server of the contract ("https://api.example.com/v1"), without a query.
func (o *Operation) NewRequest(ctx context.Context, baseURL string, args Arguments, body ...*Body) (*http.Request, error) {
	path, query, header, cookies, err := o.EncodeParameters(args)
	if err != nil {
		return nil, err
	}
	url := strings.TrimSuffix(baseURL, "/") + path
	if query != "" {
		url += "?" + query
	}
	var raw []byte
	contentType := ""
	if len(body) > 0 && body[0] != nil {
		if contentType, raw, err = body[0].encoded(); err != nil {
			return nil, fmt.Errorf("request %s: %w", o.ID, err)
		}
	}
	r, err := http.NewRequestWithContext(ctx, o.Method, url, bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("request %s: %w", o.ID, err)
	}
	if len(raw) == 0 {
		r.Body, r.GetBody = http.NoBody, nil
	}
	r.Header = header
	if host := header.Get("Host"); host != "" {
		r.Host = host // a client takes it from here and passes the header over
	}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	if len(cookies) > 0 {
		header.Set("Cookie", cookieHeader(cookies))
	}
	return r, nil
}

// cookieHeader writes cookies as they are; http.Request.AddCookie would put values with a comma in quotes.
func cookieHeader(cookies []*http.Cookie) string {
	texts := make([]string, len(cookies))
	for i, c := range cookies {
		texts[i] = c.Name + "=" + c.Value
	}
	return strings.Join(texts, "; ")
}

func (b *Body) encoded() (contentType string, raw []byte, err error) {
	switch {
	case b.Raw != nil || b.Media == nil:
		contentType = b.ContentType
		if contentType == "" && b.Media != nil {
			contentType = b.Media.Name
		}
		return contentType, b.Raw, nil
	case !b.Present && b.Value == nil:
		return "", nil, nil
	}
	contentType, raw, err = EncodeBody(b.Media, b.Value)
	if b.ContentType != "" && kindOf(b.ContentType) != multipartKind {
		contentType = b.ContentType
	}
	return contentType, raw, err
}
