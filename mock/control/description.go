package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"understudy/contracts"

	"go.yaml.in/yaml/v4"
)

// document is the API's own OpenAPI document as JSON, made when somebody first asks.
var document = sync.OnceValues(func() ([]byte, error) {
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		return nil, fmt.Errorf("read the management API's document: %w", err)
	}
	return appendNode(nil, &root)
})

// appendNode writes a YAML tree as JSON in the order of the document.
func appendNode(dst []byte, n *yaml.Node) ([]byte, error) {
	var err error
	switch n.Kind {
	case yaml.DocumentNode:
		return appendNode(dst, n.Content[0])
	case yaml.AliasNode:
		return appendNode(dst, n.Alias)
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendNode(dst, item); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case yaml.MappingNode:
		dst = append(dst, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			key, err := json.Marshal(n.Content[i].Value)
			if err != nil {
				return nil, err
			}
			dst = append(append(dst, key...), ':')
			if dst, err = appendNode(dst, n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return nil, fmt.Errorf("read the management API's document, line %d: %w", n.Line, err)
	}
	text, err := json.Marshal(value)
	return append(dst, text...), err
}

func (h *Handler) description(c *call) error {
	data, err := document()
	if err != nil {
		return err
	}
	sendBytes(c.response, http.StatusOK, "application/json", data)
	return nil
}
