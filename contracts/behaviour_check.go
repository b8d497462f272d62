package contracts

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"understudy/contracts/schema"
)

// The values that words of x-understudy take. An empty value is always allowed and means that nothing is said.
var (
	roleWords    = []string{"create", "list", "read", "update", "replace", "delete", "clear", "action", "upload", "download", "singleton", "none"}
	pageStyles   = []string{"page", "offset", "cursor", "after", "link", "limit", "none"}
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
func (c *compiler) checkBehaviour() {
	c.collect(c.checkRootWords())
	c.checkLimits()
	c.checkCredentials()
	c.collect(c.checkClients())
	c.checkTransitions()
	c.checkFaults()
	c.collect(c.checkIdempotency())
	c.collect(c.checkRealtime())
	c.checkBounds()
	c.checkEventWords()
	c.collect(c.checkWebhooks())
	c.checkEventConditions()
	for _, o := range c.contract.Operations {
		c.checkOperationBehaviour(&o.Behaviour)
		c.checkOperationBounds(&o.Behaviour)
		c.collect(c.checkWeight(o))
	}
}

// collect keeps an error and goes on, so that one reading tells of all that is wrong with x-understudy.
func (c *compiler) collect(err error) {
	var list documentErrors
	var one *DocumentError
	switch {
	case err == nil:
		return
	case errors.As(err, &list):
	case errors.As(err, &one):
		list = documentErrors{one}
	default:
		list = documentErrors{{At: at(c.doc.file), Message: err.Error()}}
	}
	for _, e := range list {
		c.doc.pinpoint(e)
		if !slices.ContainsFunc(c.faults, func(f *DocumentError) bool { return f.Error() == e.Error() }) {
			c.faults = append(c.faults, e)
		}
	}
}

// refusal is all that was collected, in the order of the lines; nil where there is nothing.
func (c *compiler) refusal() error {
	slices.SortStableFunc(c.faults, func(a, b *DocumentError) int {
		return cmp.Or(strings.Compare(a.At.File, b.At.File), cmp.Compare(a.At.Line, b.At.Line))
	})
	return c.faults.join()
}

func (c *compiler) checkRootWords() error {
	b := &c.contract.Behaviour
	if err := oneOf(b.At, "order", stageWords, b.Order...); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(b.Resources)) {
		if err := oneOf(b.At, "resources "+path+": order", orderWords, b.Resources[path].Order); err != nil {
			return err.on("resources", path, "order")
		}
	}
	for i, e := range b.Errors {
		for _, status := range e.Status {
			if !statusPattern().MatchString(status) {
				return behaviourError(b.At, fmt.Sprintf("errors[%d]: %q is not a status, a range such as 4XX, or default", i, status), "write it as \"404\"").on("errors", strconv.Itoa(i), "status")
			}
		}
	}
	return nil
}

var statusPattern = lazily(`^([1-5][0-9][0-9]|[1-5]XX|default)$`)

func (c *compiler) checkOperationBehaviour(b *OperationBehaviour) {
	root := &c.contract.Behaviour
	for _, word := range []struct {
		name, value string
		known       []string
	}{{"role", b.Role, roleWords}, {"session", b.Session, sessionWords}, {"keys", b.Keys, keyWords}, {"webhook", b.Webhook, keyWords}, {"verify", b.Verify, kindWords()}} {
		if err := oneOf(b.At, word.name, word.known, word.value); err != nil {
			c.collect(err)
		}
	}
	if b.Page != nil {
		if err := oneOf(b.At, "page: style", pageStyles, b.Page.Style); err != nil {
			c.collect(err.on("page", "style"))
		}
	}
	for i, l := range b.Limit {
		if !root.hasLimit(l) {
			c.collect(behaviourError(b.At, fmt.Sprintf("the limit %q is not defined", l), "define it under limits at the document's root").on("limit", strconv.Itoa(i)))
		}
	}
	if err := c.checkEvents(b.At, "", "emits", b.Emits); err != nil {
		c.collect(err)
	}
	c.collect(checkAnswers(b))
	if _, ok := root.Modules[b.Module]; b.Module != "" && !ok {
		c.collect(behaviourError(b.At, fmt.Sprintf("the module %q is not defined", b.Module), "define it under modules at the document's root").on("module"))
	}
	for _, place := range [][2]string{{"item", b.Item}, {"input", b.Input}} {
		if pointer := place[1]; pointer != "" && !strings.HasPrefix(pointer, "/") {
			c.collect(behaviourError(b.At, fmt.Sprintf("%q is not a JSON Pointer", pointer), "begin it with a slash: \"/data\"").on(place[0]))
		}
	}
}

// checkEvents refuses events that nothing defines; word is where they are named.
func (c *compiler) checkEvents(at schema.Location, what, word string, names []string) *DocumentError {
	known := slices.Collect(maps.Keys(c.contract.Behaviour.Events))
	for _, o := range c.contract.Webhooks {
		known = append(known, o.Path)
	}
	for i, e := range names {
		if slices.Contains(known, e) {
			continue
		}
		advice := "define it under events at the document's root or as a webhook"
		slices.Sort(known)
		if near := Nearest(e, known); near != "" {
			advice = "did you mean " + near + "? Else " + advice
		}
		return behaviourError(at, fmt.Sprintf("%sthe event %q is not defined", what, e), advice).on(word, strconv.Itoa(i))
	}
	return nil
}

// oneOf refuses values that a word does not take. The word may have before it, with a colon, what it is a word of.
func oneOf(at schema.Location, word string, known []string, values ...string) *DocumentError {
	for i, v := range values {
		if v != "" && !slices.Contains(known, v) {
			advice := "use one of " + strings.Join(known, ", ")
			if near := Nearest(v, known); near != "" {
				advice = "did you mean " + near + "? " + advice
			}
			return behaviourError(at, word+" cannot be "+strconv.Quote(v), advice).on(word[strings.LastIndexByte(word, ' ')+1:], strconv.Itoa(i))
		}
	}
	return nil
}

func behaviourError(at schema.Location, message, advice string) *DocumentError {
	return &DocumentError{At: at, Message: "x-understudy: " + message, Advice: advice}
}

// on says which word of the mapping at e.At the error is about, and which entry of it. Those that are not there, since a
// default is at fault or the entry was written without a list, are passed over.
func (e *DocumentError) on(path ...string) *DocumentError {
	e.inside = path
	return e
}

// checkSchemaWords reads x-understudy of every schema.
func (c *compiler) checkSchemaWords() {
	for _, s := range c.schemas.Extended() {
		var words SchemaBehaviour
		there := c.doc.locate(s.At, s.Extension, extensionField)
		if err := c.doc.decodeStrict(s.Extension, there, &words); err != nil {
			c.collect(err)
		} else if err := oneOf(there, "make", schema.Kinds(), words.Make); err != nil {
			c.collect(err)
		}
	}
}
