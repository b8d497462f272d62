package control

import (
	"bytes"
	"net/http"
	"net/url"

	"understudy/mock"
	"understudy/mock/resource"
)

// A Contract describes one API that is served.
type Contract struct {
	Name       string `json:"name"`
	Title      string `json:"title"`
	Version    string `json:"version"` // of the API
	OpenAPI    string `json:"openapi"` // of the document
	BaseURL    string `json:"base_url"`
	Operations int    `json:"operations"` // how many
	// Files are what the contract was read from, Hash the hex SHA-256 over it; both, and Warnings, only for one contract.
	Files    []string  `json:"files,omitempty"`
	Hash     string    `json:"hash,omitempty"`
	Warnings []Warning `json:"warnings,omitempty"`
}

// A Warning is a fault of a document that was worked around.
type Warning struct {
	Message string `json:"message"`
	At      *Place `json:"at,omitempty"`
}

// Contracts is the answer of GET /contracts.
type Contracts struct {
	Contracts []Contract `json:"contracts"`
}

func (k *served) summary() Contract {
	c := k.server().Contract()
	return Contract{Name: k.name, Title: c.Title, Version: c.Version, OpenAPI: c.OpenAPI, BaseURL: k.baseURL, Operations: len(c.Operations)}
}

func (h *Handler) listContracts(c *call) error {
	answer := Contracts{Contracts: []Contract{}}
	for _, k := range h.contracts {
		answer.Contracts = append(answer.Contracts, k.summary())
	}
	return c.answer(answer)
}

func getContract(c *call) error {
	contract := c.server.Contract()
	answer := c.contract.summary()
	answer.Files, answer.Hash = contract.Files, contract.Hash
	for _, w := range contract.Warnings {
		answer.Warnings = append(answer.Warnings, Warning{Message: w.Message, At: placeOf(w.At)})
	}
	return c.answer(answer)
}

// origin is scheme and authority of the contract's base URL.
func (k *served) origin() string {
	u, err := url.Parse(k.baseURL)
	if err != nil {
		return k.baseURL
	}
	return u.Scheme + "://" + u.Host
}

func getContractDescription(c *call) error {
	document, err := c.server.DescriptionAt(c.contract.origin())
	if err != nil {
		return err
	}
	sendBytes(c.response, http.StatusOK, "application/json", document)
	return nil
}

// getContractPage serves the page to try operations and the files that it loads.
func getContractPage(c *call) error {
	base := "/contracts/" + c.PathValue("contract")
	// The page's own scripts stand in it. It talks to this API and to the contract's stand-in, to nobody else.
	c.response.Header().Set("Content-Security-Policy", "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "+
		"img-src 'self' data:; connect-src 'self' "+c.contract.origin()+"; frame-ancestors 'none'; base-uri 'none'")
	page := mock.TryPage(c.server.Contract().Title, base+"/openapi.json", base+"/page")
	w := &pageWriter{ResponseWriter: c.response}
	page.ServeHTTP(w, c.Request)
	if w.missing {
		c.response.Header().Del("Content-Security-Policy")
		return problem(http.StatusNotFound, "asset_not_found", "The page has no file %.100q.", c.PathValue("asset"))
	}
	return nil
}

// A pageWriter holds back the 404 of the page's files, which is not in our form.
type pageWriter struct {
	http.ResponseWriter
	missing bool
}

func (w *pageWriter) WriteHeader(status int) {
	if w.missing = status == http.StatusNotFound; !w.missing {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w *pageWriter) Write(data []byte) (int, error) {
	if w.missing {
		return len(data), nil
	}
	return w.ResponseWriter.Write(data)
}

// explanations are the forms of an explanation and their media types.
var explanations = map[string]string{
	"json": "application/json", "text": "text/plain; charset=utf-8", "markdown": "text/markdown; charset=utf-8",
}

func explainContract(c *call) error {
	format, err := c.query.choice("format", "json", "text", "markdown")
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := resource.Explain(&text, c.server.Model(), format); err != nil {
		return err
	}
	sendBytes(c.response, http.StatusOK, explanations[format], text.Bytes())
	return nil
}
