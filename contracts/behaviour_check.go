package contracts

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// The values that words of x-understudy take. An empty value is always allowed and means that nothing is said.
var (
	roleWords    = []string{"create", "list", "read", "update", "replace", "delete", "clear", "action", "upload", "download", "singleton", "none"}
	pageStyles   = []string{"page", "offset", "cursor", "limit", "none"}
	sessionWords = []string{"login", "refresh", "logout", "verify", "start", "callback"}
	keyWords     = []string{"list", "create", "read", "update", "delete", "rotate"}
	stageWords   = []string{"match", "authenticate", "admit", "permit", "validate", "disturb", "act"}
	orderWords   = []string{"oldest", "newest"}

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
	if err := c.checkClients(); err != nil {
		return err
	}
	if err := c.checkTransitions(); err != nil {
		return err
	}
	if err := c.checkFaults(); err != nil {
		return err
	}
	if err := c.checkIdempotency(); err != nil {
		return err
	}
	if err := c.checkEventWords(); err != nil {
		return err
	}
	if err := c.checkWebhooks(); err != nil {
		return err
	}
	if err := c.checkEventConditions(); err != nil {
		return err
	}
	for _, o := range c.contract.Operations {
		if err := c.checkOperationBehaviour(&o.Behaviour); err != nil {
			return err
		}
		if err := c.checkWeight(o); err != nil {
			return err
		}
	}
	return nil
}

var statusPattern = regexp.MustCompile(`^([1-5][0-9][0-9]|[1-5]XX|default)$`)

func (c *compiler) checkOperationBehaviour(b *OperationBehaviour) error {
	root := &c.contract.Behaviour
	for _, word := range []struct {
		name, value string
		known       []string
	}{{"role", b.Role, roleWords}, {"session", b.Session, sessionWords}, {"keys", b.Keys, keyWords}, {"webhook", b.Webhook, keyWords}, {"verify", b.Verify, kindWords()}} {
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
	if err := c.checkEvents(b.At, "", b.Emits); err != nil {
		return err
	}
	if err := checkAnswers(b); err != nil {
		return err
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

// checkEvents refuses events that nothing defines.
func (c *compiler) checkEvents(at schema.Location, what string, names []string) error {
	known := slices.Collect(maps.Keys(c.contract.Behaviour.Events))
	for _, o := range c.contract.Webhooks {
		known = append(known, o.Path)
	}
	for _, e := range names {
		if slices.Contains(known, e) {
			continue
		}
		advice := "define it under events at the document's root or as a webhook"
		slices.Sort(known)
		if near := Nearest(e, known); near != "" {
			advice = "did you mean " + near + "? Else " + advice
		}
		return behaviourError(at, fmt.Sprintf("%sthe event %q is not defined", what, e), advice)
	}
	return nil
}

func oneOf(at schema.Location, word string, known []string, values ...string) error {
	for _, v := range values {
		if v != "" && !slices.Contains(known, v) {
			advice := "use one of " + strings.Join(known, ", ")
			if near := Nearest(v, known); near != "" {
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
