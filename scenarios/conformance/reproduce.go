package conformance

import (
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/schema"

	"go.yaml.in/yaml/v4"
)

// A step is one call of a trial with its answer.
type step struct {
	call   call
	answer *answer
}

// reproduce writes an Arazzo 1.0.1 document that repeats what led to a finding: the items that it needs are made first, then
// the same requests are sent, each with what was wanted of it. It is empty where that cannot be said in a workflow: a method or a
// path that no operation has, a credential in the wrong place. The curl command of the finding says it then.
func (t *trial) reproduce(f check.Finding) string {
	var steps []step
	for _, s := range t.steps {
		if s.call.unspoken && s.answer.Number == f.Exchange {
			return ""
		}
		if len(s.call.wants) > 0 && !s.call.unspoken && s.call.Operation != nil {
			steps = append(steps, s)
		}
	}
	if len(steps) == 0 {
		return ""
	}
	w := &writer{trial: t, outputs: map[*item][]string{}, made: map[int]string{}}
	own := map[int]bool{}
	for _, s := range steps {
		own[s.answer.Number] = true
	}
	for _, s := range steps { // what was made before the steps is made before them here, too
		for _, it := range s.call.items {
			if !own[it.born] && !w.item(it) {
				return ""
			}
		}
	}
	for _, s := range steps {
		if !w.step(s.call, s.answer.Number) {
			return ""
		}
	}
	return w.document(f)
}

// A writer puts a workflow together.
type writer struct {
	*trial
	steps   []any
	outputs map[*item][]string // expressions for the ids of items that the workflow makes
	made    map[int]string     // steps by the exchange that they repeat
	depth   int
}

func (w *writer) document(f check.Finding) string {
	source := "openapi.yaml"
	if len(w.contract.Files) > 0 {
		source = filepath.Base(w.contract.Files[0])
	}
	id := slug(strings.TrimPrefix(w.test.ID, w.options.Prefix))
	doc := yamlMap(
		"arazzo", "1.0.1",
		"info", yamlMap("title", w.planned.check+": "+f.Title, "summary", f.Message, "version", "1"),
		"sourceDescriptions", []any{yamlMap("name", "api", "url", "./"+source, "type", "openapi")},
		"workflows", []any{yamlMap("workflowId", id, "summary", f.Title, "steps", w.steps)},
	)
	text, err := yaml.Marshal(doc)
	if err != nil {
		return ""
	}
	return w.deployment.Redactor().Text(string(text))
}

// yamlMap is a mapping in the given order.
func yamlMap(pairs ...any) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Content = append(n.Content, yamlNode(pairs[i]), yamlNode(pairs[i+1]))
	}
	return n
}

// yamlNode writes a value as JSON has it, so that no text is taken for a number or a date.
func yamlNode(v any) *yaml.Node {
	switch v := v.(type) {
	case *yaml.Node:
		return v
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for _, one := range v {
			n.Content = append(n.Content, yamlNode(one))
		}
		return n
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, yamlNode(name), yamlNode(v[name]))
		}
		return n
	case string:
		n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: v}
		if !plainText(v) {
			n.Style = yaml.DoubleQuotedStyle
		}
		return n
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	}
	text := string(schema.AppendJSON(nil, v, nil))
	tag := "!!int"
	if strings.ContainsAny(text, ".eE") {
		tag = "!!float"
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: text}
}

// plainText says that a text may stand without quotes.
func plainText(s string) bool {
	return s != "" && s[0] >= 'A' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-") == "" &&
		!slices.Contains([]string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s))
}

// step writes a call as a step, the items that it names first. It says whether that can be said.
func (w *writer) step(c call, number int) bool {
	if c.method != "" || c.path != "" || c.Query != "" || c.dress != nil || len(w.steps) > 20 {
		return false
	}
	for _, it := range c.items {
		if !w.item(it) {
			return false
		}
	}
	id := "step-" + strconv.Itoa(len(w.steps)+1)
	n := yamlMap("stepId", id, "description", orElse(c.purpose, w.planned.check))
	if strings.ContainsAny(c.Operation.ID, " {}$") {
		n.Content = append(n.Content, yamlNode("operationPath"), yamlNode("{$sourceDescriptions.api.url}#/paths/"+schema.EscapeToken(c.Operation.Path)+"/"+strings.ToLower(c.Operation.Method)))
	} else {
		n.Content = append(n.Content, yamlNode("operationId"), yamlNode(c.Operation.ID))
	}
	if list := w.parameters(c); len(list) > 0 {
		n.Content = append(n.Content, yamlNode("parameters"), yamlNode(list))
	}
	if body, ok := requestBody(c.Body); !ok {
		return false
	} else if body != nil {
		n.Content = append(n.Content, yamlNode("requestBody"), body)
	}
	if name, ok := w.actorName(c); !ok {
		return false
	} else if name != "" {
		n.Content = append(n.Content, yamlNode("x-understudy"), yamlMap("actor", name))
	}
	var criteria []any
	for _, want := range c.wants {
		criteria = append(criteria, yamlMap("condition", want))
	}
	if len(criteria) > 0 {
		n.Content = append(n.Content, yamlNode("successCriteria"), yamlNode(criteria))
	}
	w.steps = append(w.steps, n)
	w.made[number] = id
	return true
}

// actorName is who calls, as a workflow has it: empty for who calls when nothing is said.
func (w *writer) actorName(c call) (string, bool) {
	switch {
	case c.Operation.Anonymous:
		return "", true
	case c.actor == nil:
		return "none", true
	case c.actor == w.deployment.Roster.Default(c.Operation):
		return "", true
	}
	return c.actor.Name, w.deployment.Roster.Actor(c.actor.Name) == c.actor
}

// item sees to it that the workflow makes an item that the judge has made. Those that were there before stand in it by their
// ids.
func (w *writer) item(it *item) bool {
	if it.recipe == nil || w.outputs[it] != nil {
		return true
	}
	for _, parent := range it.parents {
		if !w.item(parent) {
			return false
		}
	}
	id := w.made[it.born]
	if id == "" {
		if w.depth++; w.depth > 5 {
			return false
		}
		recipe := *it.recipe
		recipe.items, recipe.purpose, recipe.wants = it.parents, "makes what is needed", []string{"$statusCode < 300"}
		if recipe.actor == nil {
			recipe.actor = w.caller(recipe.Operation)
		}
		recipe.unspoken = false
		if !w.step(recipe, it.born) {
			return false
		}
		id = w.made[it.born]
	}
	expressions, outputs := w.outputsOf(it, id)
	if expressions == nil {
		return false
	}
	for _, s := range w.steps {
		if n := s.(*yaml.Node); n.Content[1].Value == id {
			n.Content = append(n.Content, yamlNode("outputs"), outputs)
		}
	}
	w.outputs[it] = expressions
	return true
}

// outputsOf are the expressions by which the ids of an item are read from the answer that made it.
func (w *writer) outputsOf(it *item, id string) (expressions []string, outputs *yaml.Node) {
	var pairs []any
	pointers := append(slices.Clone(it.collection.ID.Others), it.collection.ID.Property)
	for i := range it.ids {
		property := it.collection.ID.Property
		if i < len(it.ids)-1 && i < len(pointers) {
			property = pointers[i]
		}
		if property == "" || it.maker == nil || !it.maker.Shows {
			return nil, nil
		}
		if !strings.HasPrefix(property, "/") {
			property = "/" + schema.EscapeToken(property)
		}
		at := it.maker.Item
		if it.maker.Array {
			at += "/0"
		}
		name := "id" + strconv.Itoa(i+1)
		pairs = append(pairs, name, "$response.body#"+at+property)
		expressions = append(expressions, "$steps."+id+".outputs."+name)
	}
	return expressions, yamlMap(pairs...)
}

func (w *writer) parameters(c call) []any {
	var list []any
	for i, p := range c.Operation.Parameters {
		v, there := c.Arguments.At(i)
		if !there {
			continue
		}
		if text, ok := v.(string); ok {
			v = w.expression(c, p, text)
		}
		list = append(list, yamlMap("name", p.Name, "in", p.In, "value", v))
	}
	for _, more := range []map[string][]string{c.Case.Header, c.header} {
		for _, name := range slices.Sorted(maps.Keys(more)) {
			list = append(list, yamlMap("name", name, "in", "header", "value", strings.Join(more[name], ", ")))
		}
	}
	return list
}

// expression writes the id of an item that the workflow makes as where it comes from.
func (w *writer) expression(c call, p *contracts.Parameter, text string) any {
	if c.Fault.In == p.In && c.Fault.Name == p.Name {
		return text
	}
	for _, it := range c.items {
		for _, one := range append([]*item{it}, it.parents...) {
			for i, id := range one.ids {
				if id == text && w.outputs[one] != nil {
					return w.outputs[one][i]
				}
			}
		}
	}
	return text
}

// requestBody writes a body. A text stands as it goes over the wire; bytes that are no text cannot be said.
func requestBody(b *contracts.Body) (*yaml.Node, bool) {
	if b == nil {
		return nil, true
	}
	name := b.ContentType
	if name == "" && b.Media != nil {
		name = b.Media.Name
	}
	if b.Raw != nil {
		text := string(b.Raw)
		if strings.Contains(text, "{$") || strings.HasPrefix(text, "$") || text == "" {
			return nil, false
		}
		return yamlMap("contentType", name, "payload", text), true
	}
	if !sayable(b.Value) || strings.HasPrefix(name, "multipart/") || strings.Contains(name, "*") {
		return nil, false
	}
	if _, isText := b.Value.(string); isText && contracts.JSONMedia(name) {
		return yamlMap("contentType", name, "payload", string(schema.AppendJSON(nil, b.Value, nil))), true
	}
	return yamlMap("contentType", name, "payload", b.Value), true
}

// sayable says whether a value stands for itself in a payload: no bytes, no text that would be an expression.
func sayable(v any) bool {
	switch v := v.(type) {
	case []byte:
		return false
	case string:
		return !strings.HasPrefix(v, "$") && !strings.Contains(v, "{$")
	case []any:
		return !slices.ContainsFunc(v, func(one any) bool { return !sayable(one) })
	case map[string]any:
		for _, one := range v {
			if !sayable(one) {
				return false
			}
		}
	}
	return true
}
