package inference

import (
	"strings"
)

// override writes the Overlay action that would change the decision about an operation. It names the words
// that matter; for a decided operation it turns the role off, for an undecided one it gives it a role.
func (in *inference) override(f *facts) {
	b := f.binding
	var y strings.Builder
	y.Grow(len(f.op.Path)*2 + 120)
	y.WriteString("- target: $.paths[" + quoteJSONPath(f.op.Path) + "]." + strings.ToLower(f.op.Method) + "\n")
	y.WriteString("  update:\n    x-understudy:\n")
	if b.Role != None {
		y.WriteString("      resource: " + yamlText(b.Collection.Path) + " # as inferred\n")
		y.WriteString("      role: none # inferred: " + string(b.Role) + "\n")
		b.Override = y.String()
		return
	}
	path, item := f.op.Path, f.node.param
	if f.node.parent != nil && item {
		path = f.node.parent.path
	}
	if _, c := f.node.holder(); c != nil && !item {
		path = in.owner(c).Path
		if f.op.Method == "POST" || f.op.Method == "PUT" || f.op.Method == "DELETE" {
			y.WriteString("      resource: " + yamlText(path) + "\n      role: action # inferred: none\n")
			b.Override = y.String()
			return
		}
		path = f.op.Path
	}
	role := methodRole(f.op.Method, item)
	if role == None {
		role = Action
	}
	if !item && f.list == nil && f.op.Method == "GET" {
		role = Read // one object at a fixed path
	}
	y.WriteString("      resource: " + yamlText(path) + "\n      role: " + string(role) + " # inferred: none\n")
	b.Override = y.String()
}

// quoteJSONPath writes a name selector of RFC 9535, 2.3.1.
func quoteJSONPath(name string) string {
	if strings.ContainsAny(name, `\'`) {
		name = strings.ReplaceAll(strings.ReplaceAll(name, `\`, `\\`), `'`, `\'`)
	}
	return "'" + name + "'"
}

// yamlText writes a text as a YAML scalar, quoted where it needs it.
func yamlText(s string) string {
	if s != "" && !strings.ContainsAny(s, "{}[]:#&*!|>'\"%@`,\\") && s == strings.TrimSpace(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
