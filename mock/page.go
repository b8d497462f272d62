package mock

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
)

// ownPages are the contract's description and its page to try operations, at the paths that the behaviour names.
// Without such words nothing of ours stands in the vendor's space.
func (s *Server) ownPages() map[string]http.HandlerFunc {
	pages := map[string]http.HandlerFunc{}
	serve := s.contract.Behaviour.Serve
	for _, base := range s.contract.BasePaths() {
		if serve.Description != "" {
			pages[base+serve.Description] = s.Description
		}
		if serve.Page != "" && serve.Description != "" {
			page := TryPage(s.contract.Title, base+serve.Description, base+serve.Page).ServeHTTP
			pages[base+serve.Page] = page
			pages[base+serve.Page+"/"] = page
			for asset := range tryAssets {
				pages[base+serve.Page+"/"+asset] = page
			}
		}
	}
	return pages
}

// servePage lets one of our own pages answer and keeps its exchange in the journal without the body.
func (s *Server) servePage(c *call, page http.HandlerFunc) {
	c.trace.Source = "page"
	w := &pageWriter{ResponseWriter: c.response}
	c.answered = true
	page(w, c.request)
	if w.status == 0 {
		w.status = http.StatusOK
	}
	c.status, c.sentSize = w.status, w.size
}

// A pageWriter counts what a page sends.
type pageWriter struct {
	http.ResponseWriter
	status, size int
}

func (w *pageWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *pageWriter) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(data)
	w.size += n
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *pageWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Description serves the whole contract as one OpenAPI document in JSON, with this server as its first server.
func (s *Server) Description(w http.ResponseWriter, r *http.Request) {
	origin := "http://" + r.Host
	if r.TLS != nil {
		origin = "https://" + r.Host
	}
	document, err := s.DescriptionAt(origin)
	if err != nil {
		s.logger.Error("the description cannot be served", "contract", s.contract.Name, "error", err)
		http.Error(w, "the description cannot be served", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", contentLength(len(document)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(document)
	}
}

// DescriptionAt gives the whole contract as one OpenAPI document in JSON, with the server at origin ("http://127.0.0.1:4010")
// as its first one and as its identity provider: whoever takes the document at its word shall not meet the vendor's own.
func (s *Server) DescriptionAt(origin string) ([]byte, error) {
	document, err := withServer(s.contract.Document(), origin, s.contract.Servers)
	if err != nil || s.identity == nil {
		return document, err
	}
	return withProvider(document, origin, s.identity.Paths().Document)
}

// withProvider puts the addresses of the stand-in's identity provider into the security schemes.
func withProvider(document []byte, origin string, paths map[string]string) ([]byte, error) {
	start, end, err := topMember(document, "components")
	if err != nil || start == 0 {
		return document, err
	}
	from, to, err := topMember(document[start:end], "securitySchemes")
	if err != nil || from == 0 {
		return document, err
	}
	var pairs []string
	for _, address := range slices.Sorted(maps.Keys(paths)) {
		old, err := json.Marshal(address)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, string(old), strconv.Quote(origin+paths[address]))
	}
	schemes := strings.NewReplacer(pairs...).Replace(string(document[start+from : start+to]))
	return slices.Concat(document[:start+from], []byte(schemes), document[start+to:]), nil
}

// withServer puts the address that the document was fetched from in front of its servers, and leaves every other
// byte as it is.
func withServer(document []byte, origin string, servers []contracts.Server) ([]byte, error) {
	type server struct {
		URL         string `json:"url"`
		Description string `json:"description,omitempty"`
	}
	base := ""
	if len(servers) > 0 {
		base = servers[0].Base
	}
	list := []server{{URL: origin + base, Description: "This stand-in"}}
	for _, known := range servers {
		if strings.Contains(known.URL, "://") {
			list = append(list, server{URL: known.URL, Description: known.Description})
		}
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	start, end, err := topMember(document, "servers")
	if err != nil {
		return nil, err
	}
	if start == 0 {
		open := bytes.IndexByte(document, '{') + 1
		return bytes.Join([][]byte{document[:open], []byte(`"servers":`), text, []byte(","), document[open:]}, nil), nil
	}
	return bytes.Join([][]byte{document[:start], text, document[end:]}, nil), nil
}

// topMember finds where the value of a member of the outermost object begins and ends; zeros mean that there is none.
func topMember(document []byte, name string) (start, end int, err error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	if _, err := decoder.Token(); err != nil {
		return 0, 0, fmt.Errorf("read the document: %w", err)
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return 0, 0, fmt.Errorf("read the document: %w", err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return 0, 0, fmt.Errorf("read the document: %w", err)
		}
		if key == name {
			end := int(decoder.InputOffset())
			return end - len(value), end, nil
		}
	}
	return 0, 0, nil
}
