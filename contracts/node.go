package contracts

import (
	"net/url"
	"strings"

	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// extensionField is the one extension field that this product reads.
const extensionField = "x-understudy"

// maxReferenceChain ends chains of references that lead from one to the next.
const maxReferenceChain = 50

// field gives the value of a key in a mapping, aliases followed, or nil.
func field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return unalias(n.Content[i+1])
		}
	}
	return nil
}

func unalias(n *yaml.Node) *yaml.Node {
	for i := 0; n != nil && n.Kind == yaml.AliasNode && i < maxReferenceChain; i++ {
		n = n.Alias
	}
	return n
}

// text gives a scalar member's text, or "".
func text(n *yaml.Node, key string) string {
	if v := field(n, key); v != nil && v.Kind == yaml.ScalarNode && v.Tag != "!!null" {
		return v.Value
	}
	return ""
}

// truth gives a boolean member, or what stands for its absence.
func truth(n *yaml.Node, key string, absent bool) bool {
	switch text(n, key) {
	case "true":
		return true
	case "false":
		return false
	}
	return absent
}

// child gives a member with its place; references are not followed.
func (c *compiler) child(n *yaml.Node, at schema.Location, key string) (*yaml.Node, schema.Location) {
	v := field(n, key)
	if v == nil {
		return nil, at
	}
	return v, c.doc.locate(at, v, key)
}

// object gives a node with its reference followed: what stands there, and where. It is nil, and a warning was
// given, where a reference leads nowhere.
func (c *compiler) object(n *yaml.Node, at schema.Location) (*yaml.Node, schema.Location) {
	n = unalias(n)
	for range maxReferenceChain {
		ref := text(n, "$ref")
		if ref == "" {
			return n, at
		}
		target, there, err := c.doc.resolve(at, ref)
		if err != nil {
			c.warn(at, "the reference %q leads nowhere and is left out: %v", ref, err)
			return nil, at
		}
		n, at = unalias(target), there
	}
	c.warn(at, "the reference leads only to itself and is left out")
	return nil, at
}

// members calls f for each member of a mapping with its place. Documents in several files also keep whole maps (paths,
// components.schemas) elsewhere, which OpenAPI does not provide for but tools understand: the reference is followed.
func (c *compiler) members(n *yaml.Node, at schema.Location, f func(key string, v *yaml.Node, at schema.Location) error) error {
	if text(n, "$ref") != "" {
		n, at = c.object(n, at)
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		v := unalias(n.Content[i+1])
		if err := f(n.Content[i].Value, v, c.doc.locate(at, v, n.Content[i].Value)); err != nil {
			return err
		}
	}
	return nil
}

// extension says whether a key is an extension field, which nobody here reads.
func extension(key string) bool { return strings.HasPrefix(key, "x-") }

// unescapeToken undoes JSON Pointer and percent escapes of one token.
func unescapeToken(token string) string {
	if strings.IndexByte(token, '%') >= 0 {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
	}
	return strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~")
}
