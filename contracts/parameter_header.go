package contracts

import (
	"net/http"
)

// Decode reads the header from a response's or part's header fields and judges it by its schema. The value is
// nil where the header is missing.
func (h *Header) Decode(fields http.Header) (any, []Violation) {
	d := parameterReader{plan: &parameterPlan{codecs: []codec{h.codec()}}}
	d.args.values = make([]argument, 1)
	d.readHeader(0, &http.Request{Header: fields})
	return d.args.values[0].value, d.violations
}

// Encode writes a value as the header's text: style simple, not percent-encoded.
func (h *Header) Encode(value any) (string, error) {
	c := h.codec()
	return c.encodeText(value)
}

func (h *Header) codec() codec {
	c := newCodec(&Parameter{
		Name: h.Name, In: "header", Style: "simple", Explode: h.Explode, Required: h.Required,
		Schema: h.Schema, Media: h.Media, At: h.At,
	})
	if c.shape == ignored { // a response or part may well describe these
		types := typesOf(h.Schema)
		c.types, c.shape = types, shapeOf(types)
	}
	return c
}
