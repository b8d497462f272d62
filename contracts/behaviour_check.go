package contracts

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// The values that words of x-understudy take. An empty value is always allowed and means that nothing is said.
var (
	roleWords      = []string{"create", "list", "read", "update", "replace", "delete", "clear", "action", "upload", "download", "singleton", "none"}
	pageStyles     = []string{"page", "offset", "cursor", "limit", "none"}
	sessionWords   = []string{"login", "refresh", "logout", "verify", "start", "callback"}
	keyWords       = []string{"list", "create", "read", "update", "delete", "rotate"}
	stageWords     = []string{"match", "authenticate", "admit", "permit", "validate", "disturb", "act"}
	algorithmWords = []string{"fixed-window", "sliding-log", "sliding-counter", "token-bucket", "gcra", "concurrency"}
	orderWords     = []string{"oldest", "newest"}

	credentialKinds = []string{"key", "jwt", "opaque", "refresh", "password"}
	allowWords      = []string{"read", "write", "all"}
	csrfWords       = []string{"origin", "double-submit"}
	reuseWords      = []string{"revoke-family", "reject"}
	endWords        = []string{"password-change", "logout"}
	flavourWords    = []string{"rfc", "authentik", "google"}
	algorithmNames  = []string{"RS256", "ES256", "EdDSA", "HS256"}
)

// checkBehaviour holds the words of the root and of all operations against what they may say.
func (c *compiler) checkBehaviour() error {
	b := &c.contract.Behaviour
	if err := oneOf(b.At, "order", stageWords, b.Order...); err != nil {
		return err
	}
	for path, r := range b.Resources {
		if err := oneOf(b.At, "resources "+path+": order", orderWords, r.Order); err != nil {
			return err
		}
	}
	for i, e := range b.Errors {
		for _, status := range e.Status {
			if !statusPattern.MatchString(status) {
				return behaviourError(b.At, fmt.Sprintf("errors[%d]: %q is not a status, a range such as 4XX, or default", i, status), "write it as \"404\"")
			}
		}
	}
	if err := c.checkLimits(); err != nil {
		return err
	}
	if err := c.checkCredentials(); err != nil {
		return err
	}
	for _, o := range c.contract.Operations {
		if err := c.checkOperationBehaviour(&o.Behaviour); err != nil {
			return err
		}
	}
	return nil
}

var statusPattern = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]XX|default)$`)

func (c *compiler) checkLimits() error {
	b := &c.contract.Behaviour
	for _, l := range b.Limits {
		if err := oneOf(b.At, "limit "+l.Name+": algorithm", algorithmWords, l.Algorithm); err != nil {
			return err
		}
		if _, err := time.ParseDuration(l.Window); l.Window != "" && l.Window != "day" && l.Window != "month" && err != nil {
			return behaviourError(b.At, fmt.Sprintf("limit %q: the window %q is not a duration", l.Name, l.Window), "write 1m, 1h, day or month")
		}
	}
	for name, plan := range b.Plans {
		for _, l := range plan.Limits {
			if !b.hasLimit(l) {
				return behaviourError(b.At, fmt.Sprintf("plan %q names the limit %q, which is not defined", name, l), "define it under limits")
			}
		}
	}
	return nil
}

func (b *Behaviour) hasLimit(name string) bool {
	return slices.ContainsFunc(b.Limits, func(l LimitBehaviour) bool { return l.Name == name })
}

func (c *compiler) checkOperationBehaviour(b *OperationBehaviour) error {
	root := &c.contract.Behaviour
	for _, word := range []struct {
		name, value string
		known       []string
	}{{"role", b.Role, roleWords}, {"session", b.Session, sessionWords}, {"keys", b.Keys, keyWords}} {
		if err := oneOf(b.At, word.name, word.known, word.value); err != nil {
			return err
		}
	}
	if b.Page != nil {
		if err := oneOf(b.At, "page: style", pageStyles, b.Page.Style); err != nil {
			return err
		}
	}
	for _, l := range b.Limit {
		if !root.hasLimit(l) {
			return behaviourError(b.At, fmt.Sprintf("the limit %q is not defined", l), "define it under limits at the document's root")
		}
	}
	for _, e := range b.Emits {
		if _, ok := root.Events[e]; !ok && !slices.ContainsFunc(c.contract.Webhooks, func(o *Operation) bool { return o.Path == e }) {
			return behaviourError(b.At, fmt.Sprintf("the event %q is not defined", e), "define it under events at the document's root or as a webhook")
		}
	}
	if _, ok := root.Modules[b.Module]; b.Module != "" && !ok {
		return behaviourError(b.At, fmt.Sprintf("the module %q is not defined", b.Module), "define it under modules at the document's root")
	}
	for _, pointer := range []string{b.Item, b.Input} {
		if pointer != "" && !strings.HasPrefix(pointer, "/") {
			return behaviourError(b.At, fmt.Sprintf("%q is not a JSON Pointer", pointer), "begin it with a slash: \"/data\"")
		}
	}
	return nil
}

func oneOf(at schema.Location, word string, known []string, values ...string) error {
	for _, v := range values {
		if v != "" && !slices.Contains(known, v) {
			advice := "use one of " + strings.Join(known, ", ")
			if near := nearest(v, known); near != "" {
				advice = "did you mean " + near + "? " + advice
			}
			return behaviourError(at, word+" cannot be "+strconv.Quote(v), advice)
		}
	}
	return nil
}

func behaviourError(at schema.Location, message, advice string) error {
	return &DocumentError{At: at, Message: "x-understudy: " + message, Advice: advice}
}

// checkSchemaWords reads x-understudy of every schema.
func (c *compiler) checkSchemaWords() error {
	for _, s := range c.schemas.Extended() {
		var words SchemaBehaviour
		there := s.At
		there.Pointer += "/" + extensionField
		there.Line = s.Extension.Line
		if err := c.doc.decodeStrict(s.Extension, there, &words); err != nil {
			return err
		}
		if err := oneOf(there, "make", schema.Kinds(), words.Make); err != nil {
			return err
		}
	}
	return nil
}
