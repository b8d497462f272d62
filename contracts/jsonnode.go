package contracts

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// The tags that a JSON text can have. They are shared by all nodes of their kind.
const (
	tagMap   = "!!map"
	tagSeq   = "!!seq"
	tagStr   = "!!str"
	tagInt   = "!!int"
	tagFloat = "!!float"
	tagBool  = "!!bool"
	tagNull  = "!!null"
	tagMerge = "!!merge"
)

const (
	// nodeSlab is how many nodes are allocated at once: large enough to make allocation cheap, small enough
	// that one node kept for long does not keep much else.
	nodeSlab = 256
	// shareKeysAbove is the size of a text from which on equal member names share one node, which saves two
	// fifths of the tree. Such a node has no line of its own: Line is 0.
	shareKeysAbove = 1 << 20
	// pairwiseNames is the size of an object up to which duplicate names are looked for by comparing all pairs.
	pairwiseNames = 16
)

// A syntaxError is a fault in a JSON text.
type syntaxError struct {
	line, column int
	pointer      string
	message      string
	advice       string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.message) }

// errTooMany ends the collection of problems when there are as many as anybody would read.
var errTooMany = errors.New("too many problems")

// jsonParser reads a JSON text (RFC 8259) into YAML nodes. It is strict: no comments, no trailing commas.
// Strings without escapes are cut from the text and not copied.
type jsonParser struct {
	text      string
	pos       int
	line      int
	lineStart int
	maxDepth  int
	maxNodes  int

	nodes    []yaml.Node  // rest of the current slab
	pointers []*yaml.Node // rest of the current slab of Content slices
	stack    []*yaml.Node // members of the objects and arrays that are open
	names    map[string]*yaml.Node
	share    bool
	outside  bool // some member may lead to another file
	count    int
	path     []string // tokens on the way to pos, for errors
	faults   []*syntaxError
	seen     map[string]struct{}
}

// parseJSON gives the tree of a JSON text. All duplicate names are reported, up to a limit; anything else ends the reading.
func parseJSON(text string, limits Limits) (*yaml.Node, []*syntaxError) {
	root, _, faults := readJSON(text, limits)
	return root, faults
}

// readJSON is parseJSON, and says whether some member may lead to another file: a reference, or what an entry of a
// discriminator's mapping would be. That is cheaper to see here than to find out from the tree.
func readJSON(text string, limits Limits) (root *yaml.Node, outside bool, faults []*syntaxError) {
	p := &jsonParser{
		text: text, line: 1, maxDepth: limits.Depth, maxNodes: limits.Nodes,
		names: make(map[string]*yaml.Node), share: len(text) > shareKeysAbove,
	}
	p.space()
	if values := strings.Count(text, ",") + strings.Count(text, ":"); values > limits.Nodes && separators(text) > limits.Nodes {
		// Told before memory is spent on it.
		return nil, false, []*syntaxError{{message: fmt.Sprintf("the document has more than %d keys and values", limits.Nodes), advice: raiseNodes}}
	}
	root, err := p.value(0)
	if err == nil {
		p.space()
		if p.pos < len(p.text) {
			err = p.fail("there is text after the end of the document")
		}
	}
	if err != nil {
		var fault *syntaxError
		if errors.As(err, &fault) {
			p.faults = append(p.faults, fault)
		}
		return nil, false, p.faults
	}
	return root, p.outside, p.faults
}

// raiseNodes is the advice for documents with more values than the limit.
const raiseNodes = "raise the limit on values if the document is to be trusted"

// fail makes the error for the current position.
func (p *jsonParser) fail(message string) error {
	return &syntaxError{line: p.line, column: p.pos - p.lineStart + 1, pointer: p.pointer(), message: message}
}

func (p *jsonParser) pointer() string {
	var b strings.Builder
	for _, token := range p.path {
		b.WriteByte('/')
		b.WriteString(escapeToken(token))
	}
	return b.String()
}

// unexpected says what stands where want should.
func (p *jsonParser) unexpected(want string) error {
	if p.pos >= len(p.text) {
		return p.fail("the text ends where " + want + " is expected")
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return p.fail(fmt.Sprintf("%q where %s is expected", r, want))
}

func (p *jsonParser) space() {
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\r':
			p.pos++
		case '\n':
			p.pos++
			p.line++
			p.lineStart = p.pos
		default:
			return
		}
	}
}

// node takes a node from the slab.
func (p *jsonParser) node(kind yaml.Kind, tag string) (*yaml.Node, error) {
	if p.count++; p.count > p.maxNodes {
		return nil, p.fail(fmt.Sprintf("the document has more than %d keys and values", p.maxNodes))
	}
	if len(p.nodes) == 0 {
		p.nodes = make([]yaml.Node, nodeSlab)
	}
	n := &p.nodes[0]
	p.nodes = p.nodes[1:]
	n.Kind, n.Tag, n.Line, n.Column = kind, tag, p.line, p.pos-p.lineStart+1
	return n, nil
}

// content moves the nodes above base from the stack into a slice of their own.
func (p *jsonParser) content(base int) []*yaml.Node {
	n := len(p.stack) - base
	if n == 0 {
		return nil
	}
	if len(p.pointers) < n {
		p.pointers = make([]*yaml.Node, max(n, 4*nodeSlab))
	}
	out := p.pointers[:n:n]
	p.pointers = p.pointers[n:]
	copy(out, p.stack[base:])
	p.stack = p.stack[:base]
	return out
}

func (p *jsonParser) value(depth int) (*yaml.Node, error) {
	if p.pos >= len(p.text) {
		return nil, p.unexpected("a value")
	}
	switch c := p.text[p.pos]; {
	case c == '{':
		return p.object(depth + 1)
	case c == '[':
		return p.array(depth + 1)
	case c == '"':
		n, err := p.node(yaml.ScalarNode, tagStr)
		if err != nil {
			return nil, err
		}
		n.Style = yaml.DoubleQuotedStyle
		n.Value, err = p.str()
		return n, err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	case c == 't':
		return p.word("true", tagBool)
	case c == 'f':
		return p.word("false", tagBool)
	case c == 'n':
		return p.word("null", tagNull)
	}
	return nil, p.unexpected("a value")
}

func (p *jsonParser) word(word, tag string) (*yaml.Node, error) {
	if !strings.HasPrefix(p.text[p.pos:], word) {
		return nil, p.unexpected("a value")
	}
	n, err := p.node(yaml.ScalarNode, tag)
	if err != nil {
		return nil, err
	}
	n.Value = word
	p.pos += len(word)
	return n, nil
}

func (p *jsonParser) array(depth int) (*yaml.Node, error) {
	if depth > p.maxDepth {
		return nil, p.fail(fmt.Sprintf("nested more than %d levels deep", p.maxDepth))
	}
	n, err := p.node(yaml.SequenceNode, tagSeq)
	if err != nil {
		return nil, err
	}
	p.pos++
	base := len(p.stack)
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == ']' {
		p.pos++
		return n, nil
	}
	for {
		p.space()
		child, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		p.stack = append(p.stack, child)
		p.space()
		if p.pos < len(p.text) && p.text[p.pos] == ',' {
			p.pos++
			continue
		}
		if p.pos < len(p.text) && p.text[p.pos] == ']' {
			p.pos++
			n.Content = p.content(base)
			return n, nil
		}
		return nil, p.unexpected(`"," or "]"`)
	}
}

func (p *jsonParser) object(depth int) (*yaml.Node, error) {
	if depth > p.maxDepth {
		return nil, p.fail(fmt.Sprintf("nested more than %d levels deep", p.maxDepth))
	}
	n, err := p.node(yaml.MappingNode, tagMap)
	if err != nil {
		return nil, err
	}
	p.pos++
	base := len(p.stack)
	p.space()
	if p.pos < len(p.text) && p.text[p.pos] == '}' {
		p.pos++
		return n, nil
	}
	for {
		p.space()
		if err := p.member(depth, base); err != nil {
			return nil, err
		}
		p.space()
		if p.pos < len(p.text) && p.text[p.pos] == ',' {
			p.pos++
			continue
		}
		if p.pos < len(p.text) && p.text[p.pos] == '}' {
			p.pos++
			n.Content = p.content(base)
			return n, p.duplicates(n.Content)
		}
		return nil, p.unexpected(`"," or "}"`)
	}
}

// member reads one name and its value.
func (p *jsonParser) member(depth, base int) error {
	if p.pos >= len(p.text) || p.text[p.pos] != '"' {
		return p.unexpected("a member name in double quotes")
	}
	key, err := p.key()
	if err != nil {
		return err
	}
	p.space()
	if p.pos >= len(p.text) || p.text[p.pos] != ':' {
		return p.unexpected(`":"`)
	}
	p.pos++
	p.space()
	p.path = append(p.path, key.Value)
	child, err := p.value(depth)
	if err != nil {
		return err
	}
	p.path = p.path[:len(p.path)-1]
	p.stack = append(p.stack, key, child)
	p.outside = p.outside || leadsOutside(key.Value, child)
	return nil
}

// key gives the node of a member name. Equal names share their text, in large documents the whole node.
func (p *jsonParser) key() (*yaml.Node, error) {
	line, column := p.line, p.pos-p.lineStart+1
	text, err := p.str()
	if err != nil {
		return nil, err
	}
	known := p.names[text]
	if known != nil && p.share {
		return known, nil
	}
	n, err := p.node(yaml.ScalarNode, tagStr)
	if err != nil {
		return nil, err
	}
	n.Value, n.Style, n.Line, n.Column = text, yaml.DoubleQuotedStyle, line, column
	if p.share {
		n.Line, n.Column = 0, 0
	}
	if known != nil {
		n.Value = known.Value
	} else {
		p.names[text] = n
	}
	return n, nil
}

// duplicates notes the names that stand twice in one object.
func (p *jsonParser) duplicates(content []*yaml.Node) error {
	if len(content) <= 2*pairwiseNames {
		for i := 2; i < len(content); i += 2 {
			for j := 0; j < i; j += 2 {
				if content[i].Value == content[j].Value {
					if err := p.duplicate(content[i], content[i+1]); err != nil {
						return err
					}
					break
				}
			}
		}
		return nil
	}
	if p.seen == nil {
		p.seen = make(map[string]struct{})
	}
	clear(p.seen)
	for i := 0; i < len(content); i += 2 {
		if _, ok := p.seen[content[i].Value]; ok {
			if err := p.duplicate(content[i], content[i+1]); err != nil {
				return err
			}
		}
		p.seen[content[i].Value] = struct{}{}
	}
	return nil
}

func (p *jsonParser) duplicate(key, value *yaml.Node) error {
	if len(p.faults) >= maxProblems {
		return errTooMany
	}
	line := key.Line
	if line == 0 {
		line = value.Line
	}
	p.faults = append(p.faults, &syntaxError{
		line: line, column: key.Column, pointer: p.pointer() + "/" + escapeToken(key.Value),
		message: fmt.Sprintf("the member %q stands twice in one object", key.Value),
		advice:  "remove one of them or rename it",
	})
	return nil
}

func (p *jsonParser) number() (*yaml.Node, error) {
	n, err := p.node(yaml.ScalarNode, tagInt)
	if err != nil {
		return nil, err
	}
	length, fraction, ok := scanNumber(p.text[p.pos:])
	start := p.pos
	p.pos += length
	if !ok {
		return nil, p.unexpected("a digit")
	}
	if fraction {
		n.Tag = tagFloat
	}
	n.Value = p.text[start:p.pos]
	return n, nil
}
