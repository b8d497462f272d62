package arazzo

import (
	"net/url"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Runtime expressions give a header as a whole, and a redirect or a cookie carries in one header what later steps need in pieces:
// the state in a Location, the value in a Set-Cookie. The word cut of x-understudy makes outputs of such pieces.

// A cutting takes a piece out of a text.
type cutting struct {
	from          *Template
	after, before string // of the piece; empty: from the beginning, up to the end
	decode        string // "percent" where the piece is percent-encoded (RFC 3986, 2.1); empty: it stands as it is
}

// addCuts puts the outputs that are pieces of texts among the step's others.
func (p *parser) addCuts(s *Step) {
	for _, one := range s.Extension.cuts {
		if s.Output(one.Name) != nil {
			p.fail(one.At, "remove one of them", "the step has an output %q already", cut(one.Name, 60))
			continue
		}
		s.Outputs = append(s.Outputs, one)
	}
}

// cuts reads the outputs of a step that are pieces of texts.
func (o *object) cuts() []Output {
	var out []Output
	o.keyed("cut", func(name string, _, n *yaml.Node, pointer string) {
		x := o.parser.object(n, pointer, "cut", "from", "after", "before", "decode")
		if x == nil {
			return
		}
		c := &cutting{after: x.text("after"), before: x.text("before"), decode: x.word("decode", "percent")}
		if c.after == "" && c.before == "" {
			o.fail(x.here(), "write one such as after: state=", "cut has neither after nor before")
		}
		if !x.require("from", "add a runtime expression such as $response.header.Location") {
			return
		}
		c.from = o.parser.template(x.fields["from"], pointer+"/from")
		if c.from.root.kind != partExpression && c.from.root.kind != partText {
			o.fail(c.from.At, "write one such as $response.header.Location", "from is %s and not a runtime expression", describe(x.fields["from"]))
			return
		}
		out = append(out, Output{At: x.here(), Name: name, Value: &Template{At: x.here(), root: part{at: x.here(), kind: partCut, cutting: c}}})
	})
	return out
}

// evaluate gives what stands behind the first after and in front of the first before behind it. Without a before it goes on to
// the end of the text. It is absent where after does not stand in the text, or where it cannot be decoded.
func (c *cutting) evaluate(f *filler) (Value, error) {
	v, err := f.fill(&c.from.root)
	if err != nil || v.Absent {
		return v, err
	}
	_, piece, found := strings.Cut(textOf(v.Any), c.after)
	if !found {
		return absent("there is no " + quote(c.after) + " in the text"), nil
	}
	if c.before != "" {
		piece, _, _ = strings.Cut(piece, c.before)
	}
	if c.decode == "percent" {
		if piece, err = url.PathUnescape(piece); err != nil {
			return absent("the piece is not percent-encoded"), nil
		}
	}
	return Value{Any: piece}, nil
}
