package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"understudy/contracts"
)

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4 << 20

// reference is {name} or {name|form}.
var reference = regexp.MustCompile(`\{([A-Za-z][A-Za-z0-9_]*)(?:\|(base64|form|cut))?\}`)

// fill puts what was kept into a text.
func (w *walk) fill(text string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		parts := reference.FindStringSubmatch(found)
		value, known := w.kept[parts[1]]
		switch {
		case !known:
			return found
		case parts[2] == "base64":
			return base64.StdEncoding.EncodeToString([]byte(value))
		case parts[2] == "form":
			return url.QueryEscape(value)
		case parts[2] == "cut" && value != "":
			return value[:len(value)-1]
		}
		return value
	})
}

// send sends the request of a step, or of one operation on a tour, and reads the answer.
func (w *walk) send(ctx context.Context, st *step, visit *contracts.Operation) (*answer, error) {
	request, err := w.request(ctx, st)
	if err != nil {
		return nil, err
	}
	if err := w.authorize(request, st, visit); err != nil {
		return nil, err
	}
	if st.signed {
		if err := w.signApp(request); err != nil {
			return nil, err
		}
	}
	a := w.before(st, request)
	response, err := w.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return a, a.read(response)
}

// before is an answer of which nothing has come yet. What stands for {blob} is not kept.
func (w *walk) before(st *step, request *http.Request) *answer {
	return &answer{exchange: contracts.Exchange{
		Operation: w.operation(st, request), Method: request.Method, URL: request.URL.RequestURI(), RequestHeader: request.Header,
		RequestBody: []byte(w.fill(st.body)), Start: w.clock.Now(),
	}}
}

// read takes what comes; the error says that it was not all of it.
func (a *answer) read(response *http.Response) (err error) {
	x := &a.exchange
	x.Status, x.Proto, x.ResponseHeader = response.StatusCode, response.Proto, response.Header
	x.ResponseBody, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	return err
}

func (w *walk) request(ctx context.Context, st *step) (*http.Request, error) {
	target := w.fill(st.path)
	if st.to == wherever {
		if !strings.HasPrefix(target, w.origins[atRoot]+"/") {
			return nil, fmt.Errorf("an answer leads away from the stand-in, to %s", shorten(target, 60))
		}
	} else {
		target = w.origins[st.to] + target
	}
	body := w.fill(st.body)
	if st.blob > 0 {
		body = strings.Replace(body, "{blob}", strings.Repeat("x", st.blob), 1)
	}
	request, err := http.NewRequestWithContext(ctx, st.method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if st.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if st.contentType != "" {
		request.Header.Set("Content-Type", st.contentType)
	}
	if st.accept != "" {
		request.Header.Set("Accept", st.accept)
	}
	for name, value := range st.headers { // as they are spelled: names are compared without case
		request.Header[name] = []string{w.fill(value)}
	}
	return request, nil
}

// operation is the one that a request to the API means; nil where it means none.
func (w *walk) operation(st *step, request *http.Request) *contracts.Operation {
	if st.to != theAPI && st.to != overTLS {
		return nil
	}
	return w.contract.Match(request.Method, request.URL.EscapedPath()).Operation
}

// authorize shows a step's credential, where the operation looks for it.
func (w *walk) authorize(request *http.Request, st *step, visit *contracts.Operation) error {
	operation := visit
	if operation == nil {
		operation = w.operation(st, request)
	}
	switch {
	case st.as == nobody, st.to == management, st.as == "" && operation == nil:
		return nil
	case st.as == "":
		return w.server.Credentials().Authorize(operation, request)
	}
	text, known := w.kept[st.as]
	if !known {
		return fmt.Errorf("no step has kept the credential %s", st.as)
	}
	asked := slices.Clone(w.contract.Operations)
	if operation != nil {
		asked = slices.Insert(asked, 0, operation)
	}
	for _, o := range asked {
		for _, alternative := range o.Security {
			if len(alternative) > 0 {
				alternative[0].Scheme.Show(request, text)
				return nil
			}
		}
	}
	return errors.New("no operation asks for a credential")
}
