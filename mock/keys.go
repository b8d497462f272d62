package mock

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/credential"
	"understudy/mock/resource"
)

// manageKeys carries out the contract's own operations on API keys. The keys are those of the registry; what the
// operations show of them follows from the names in their schemas. A caller sees the keys of its own account.
func (s *Server) manageKeys(c *call) *Problem {
	switch c.operation.Behaviour.Keys {
	case "list":
		return s.listKeys(c)
	case "create":
		return s.createKey(c)
	}
	k, problem := s.addressedKey(c)
	if problem != nil {
		return problem
	}
	switch c.operation.Behaviour.Keys {
	case "read":
		return s.showKey(c, k, "")
	case "update":
		return s.updateKey(c, k)
	case "delete":
		return s.revokeKey(c, k)
	}
	return s.rotateKey(c, k)
}

// handmade are the kinds that key operations manage.
var handmade = []credential.Kind{credential.Key, credential.Opaque}

func (s *Server) listKeys(c *call) *Problem {
	list, err := s.credentials.Credentials(c.request.Context(), credential.Filter{Kinds: handmade, Account: c.account()})
	if err != nil {
		return internalProblem(err)
	}
	var items []any
	of := s.keySchema(c)
	for i := range list {
		if list[i].User != "" { // a session of a user, not a key
			continue
		}
		if item := fitFacts(of, s.keyFacts(&list[i], ""), 0); item != schema.Absent {
			items = append(items, item)
		}
	}
	return s.present(c, items)
}

// keySchema is what the list operation shows of one key: the schema of its items.
func (s *Server) keySchema(c *call) *schema.Schema {
	if c.binding.Collection != nil && c.binding.Collection.Item != nil {
		return c.binding.Collection.Item
	}
	if c.media == nil || c.media.Schema == nil {
		return nil
	}
	return listedItem(c.media.Schema, 0)
}

// listedItem finds the schema of the items in an answer that lists some.
func listedItem(of *schema.Schema, depth int) *schema.Schema {
	of = of.Resolve()
	if of.Items != nil {
		return of.Items
	}
	for _, member := range objectMembers(of, 0) {
		if depth < 3 {
			if found := listedItem(member.Schema, depth+1); found != nil {
				return found
			}
		}
	}
	return nil
}

// present shows items as the engine shows its own: filtered, paged, wrapped.
func (s *Server) present(c *call, items []any) *Problem {
	result, err := s.resources.Present(s.resourceRequest(c), items)
	if errors.Is(err, resource.ErrStateless) {
		return nil
	}
	if err != nil {
		return stateProblem(err)
	}
	c.trace.Source = "credentials"
	return s.show(c, result)
}

// addressedKey is the key that the path names.
func (s *Server) addressedKey(c *call) (*credential.Credential, *Problem) {
	id := ""
	for _, p := range c.operation.Parameters {
		if p.In == "path" {
			id = c.arguments.String("path", p.Name)
		}
	}
	k, err := s.credentials.Credential(c.request.Context(), id)
	switch {
	case errors.Is(err, credential.ErrNotFound),
		err == nil && (c.account() != "" && k.Account != c.account() || !slices.Contains(handmade, k.Kind) || k.User != ""):
		return nil, &Problem{Status: http.StatusNotFound, Code: codeNotFound, Detail: "There is no such key."}
	case err != nil:
		return nil, internalProblem(err)
	}
	return &k, nil
}

// showKey answers with one key; text is its text where it has just been issued.
func (s *Server) showKey(c *call, k *credential.Credential, text string) *Problem {
	f := s.keyFacts(k, text)
	if c.media != nil && wraps(c.media.Schema) {
		f.put(s.keyFacts(k, text), "key", "apikey", "credential")
	}
	if text != "" {
		c.response.Header().Set("Cache-Control", "no-store")
	}
	if location := s.keyLocation(c, k); location != "" {
		c.response.Header().Set("Location", location)
	}
	return s.sendFacts(c, f)
}

// wraps says that the member "key" of an answer is an object.
func wraps(of *schema.Schema) bool {
	if of == nil {
		return false
	}
	for _, member := range objectMembers(of, 0) {
		if name := wordOf(member.Name); name == "key" || name == "apikey" || name == "credential" {
			return len(objectMembers(member.Schema.Resolve(), 0)) > 0
		}
	}
	return false
}

// keyLocation is where a key that was just made can be read.
func (s *Server) keyLocation(c *call, k *credential.Credential) string {
	if c.operation.Behaviour.Keys != "create" {
		return ""
	}
	for _, o := range s.contract.Operations {
		if o.Behaviour.Keys == "read" {
			before, after, ok := strings.Cut(o.Path, "{")
			if _, rest, closed := strings.Cut(after, "}"); ok && closed && rest == "" {
				return c.base + before + k.ID
			}
		}
	}
	return ""
}

// keyInput reads what a request says of a key. It fails with *credential.RequestError.
func (s *Server) keyInput(c *call) (q credential.KeyRequest, change credential.Change, err error) {
	object, _ := c.body.Value.(map[string]any)
	for member, value := range object {
		text, _ := value.(string)
		switch wordOf(member) {
		case "name", "label", "title", "description", "displayname":
			if q.Name == "" || wordOf(member) != "description" {
				q.Name, change.Name = text, &text
			}
		case "scope", "scopes", "permission", "permissions", "role", "access", "accesslevel", "abilities":
			q.Scopes = textList(value)
			change.Scopes = &q.Scopes
		case "environment", "env", "mode":
			q.Environment = text
		case "expiresat", "expires", "expiry", "expirydate", "expiration", "expirationdate", "validuntil":
			at, err := expiryOf(value)
			if err != nil {
				return q, change, &credential.RequestError{Field: member, Reason: err.Error()}
			}
			q.ExpiresAt, change.ExpiresAt = at, &at
		}
	}
	return q, change, nil
}

// expiryOf reads an instant as documents have it: RFC 3339, a date (its first moment in UTC) or Unix seconds. Null is never.
func expiryOf(value any) (time.Time, error) {
	switch v := value.(type) {
	case nil:
		return time.Time{}, nil
	case string:
		for _, layout := range []string{time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, v); err == nil {
				return at.UTC(), nil
			}
		}
	case json.Number:
		if seconds, err := v.Int64(); err == nil && seconds > 0 {
			return time.Unix(seconds, 0).UTC(), nil
		}
	}
	return time.Time{}, errors.New("must be an instant such as 2027-03-31T00:00:00Z, a date, Unix seconds, or null for never")
}

// textList reads a list of texts, or one text with blanks or commas between its words.
func textList(value any) []string {
	switch v := value.(type) {
	case string:
		return strings.FieldsFunc(v, func(c rune) bool { return c == ' ' || c == ',' })
	case []any:
		var list []string
		for _, item := range v {
			if text, ok := item.(string); ok {
				list = append(list, text)
			}
		}
		return list
	}
	return nil
}

func (s *Server) createKey(c *call) *Problem {
	q, _, err := s.keyInput(c)
	if err != nil {
		return s.keyProblem(c, err)
	}
	q.Account, q.Strict = c.account(), true
	if q.Environment == "" { // what the document gives as the default, else the environment of the caller
		if q.Environment = s.defaultMember(c, "environment"); q.Environment == "" {
			q.Environment = c.holder().Environment
		}
	}
	issued, err := s.credentials.CreateKey(c.request.Context(), q)
	if err != nil {
		return s.keyProblem(c, err)
	}
	c.trace.Changes = append(c.trace.Changes, Change{Kind: "create", Key: "keys/" + issued.ID})
	return s.showKey(c, &issued.Credential, issued.Text)
}

// defaultMember is the default that the request's schema gives for a member.
func (s *Server) defaultMember(c *call, name string) string {
	if c.body.Media == nil || c.body.Media.Schema == nil {
		return ""
	}
	for _, member := range objectMembers(c.body.Media.Schema, 0) {
		if of := member.Schema.Resolve(); wordOf(member.Name) == name && of.HasDefault {
			text, _ := of.Default.(string)
			return text
		}
	}
	return ""
}

func (s *Server) updateKey(c *call, k *credential.Credential) *Problem {
	_, change, err := s.keyInput(c)
	if err != nil {
		return s.keyProblem(c, err)
	}
	changed, err := s.credentials.Change(c.request.Context(), k.ID, change)
	if err != nil {
		return s.keyProblem(c, err)
	}
	c.trace.Changes = append(c.trace.Changes, Change{Kind: "update", Key: "keys/" + k.ID})
	return s.showKey(c, &changed, "")
}

func (s *Server) revokeKey(c *call, k *credential.Credential) *Problem {
	ended, err := s.credentials.Revoke(c.request.Context(), k.ID)
	if err != nil {
		return s.keyProblem(c, err)
	}
	c.trace.Changes = append(c.trace.Changes, Change{Kind: "delete", Key: "keys/" + k.ID})
	return s.showKey(c, &ended, "")
}

func (s *Server) rotateKey(c *call, k *credential.Credential) *Problem {
	issued, err := s.credentials.Rotate(c.request.Context(), k.ID)
	if err != nil {
		return s.keyProblem(c, err)
	}
	c.trace.Changes = append(c.trace.Changes, Change{Kind: "update", Key: "keys/" + k.ID}, Change{Kind: "create", Key: "keys/" + issued.ID})
	return s.showKey(c, &issued.Credential, issued.Text)
}

// keyProblem translates what the registry refused into a violation of the request.
func (s *Server) keyProblem(c *call, err error) *Problem {
	var request *credential.RequestError
	switch {
	case errors.Is(err, credential.ErrNotFound):
		return &Problem{Status: http.StatusNotFound, Code: codeNotFound, Detail: "There is no such key."}
	case !errors.As(err, &request):
		return internalProblem(err)
	case request.Field == "state":
		return &Problem{Status: http.StatusConflict, Code: codeConflict, Detail: sentence(request.Reason)}
	}
	v := contracts.Violation{In: "body"}
	v.Pointer, v.Keyword, v.Want = "/"+s.sentMember(c, request.Field), "enum", strings.TrimPrefix(request.Reason, "must be ")
	violations := []contracts.Violation{v}
	return &Problem{Status: s.violationStatus(c.operation, violations), Code: codeValidation, Detail: sentence(request.Error()), Violations: violations}
}

// sentMember is the name by which the request's schema knows a field: "scope" for scopes.
func (s *Server) sentMember(c *call, field string) string {
	if c.body.Media == nil {
		return field
	}
	for _, member := range objectMembers(c.body.Media.Schema, 0) {
		if name := wordOf(member.Name); name == wordOf(field) || name+"s" == wordOf(field) || field == "scopes" && (name == "permissions" || name == "role") {
			return member.Name
		}
	}
	return field
}

// keyFacts are what can be told of a key; text is its text where it has just been issued, and else nowhere to be had.
func (s *Server) keyFacts(k *credential.Credential, text string) facts {
	f := facts{"id": k.ID, "keyid": k.ID, "object": words{"api_key", "key"}}
	f.put(k.Name, "name", "label", "title", "displayname")
	f.put(k.Prefix, "prefix", "keyprefix")
	f.put(k.LastFour, "lastfour", "last4", "suffix", "ending", "lastcharacters")
	f.put(k.Prefix+"…"+k.LastFour, "masked", "maskedkey", "preview", "hint", "redacted", "redactedkey", "display")
	f.put(k.Scopes, "scopes", "scope", "permissions", "abilities")
	f.put(words(k.Scopes), "role", "access", "accesslevel")
	f.put(words{k.Environment}, "environment", "env", "mode")
	f.put(s.keyStatus(k), "status", "state")
	alive := s.credentials.Alive(k, s.clock.Now()) == nil
	f.put(alive, "active", "enabled", "valid", "isactive")
	f.put(!alive, "disabled", "revoked")
	f.put(k.CreatedAt, "createdat", "created", "issuedat", "creationtime")
	f.put(k.ExpiresAt, "expiresat", "expires", "expiry", "expirydate", "expiration", "expirationdate", "validuntil")
	f.put(k.EndedAt, "revokedat", "deletedat", "disabledat", "endedat")
	f.put(k.Account, "accountid", "account", "teamid", "organizationid", "owner")
	u := s.credentials.Usage(k.ID)
	f.put(u.LastUsed, "lastusedat", "lastused", "lastuse", "lastseen", "lastseenat")
	f.put(u.Requests, "requestcount", "requests", "usagecount", "uses", "requesttotal")
	f.put(u.Errors, "errorcount", "errors")
	f.put(u.ErrorRate, "errorrate")
	if text != "" {
		f.put(text, "key", "apikey", "token", "secret", "value", "plaintext", "plaintexttoken", "accesstoken", "secretkey")
		f.put(s.graceEnd(k), "previouskeyvaliduntil", "oldkeyvaliduntil", "graceuntil", "graceends")
	}
	return f
}

// keyStatus are the words for where a key stands, the exact one first.
func (s *Server) keyStatus(k *credential.Credential) words {
	refusal := s.credentials.Alive(k, s.clock.Now())
	switch {
	case refusal == nil && k.Successor != "":
		return words{"rotating", "rotated", "deprecated", "active", "enabled", string(k.State)}
	case refusal == nil:
		return words{"active", "enabled", string(k.State), "approved", "valid"}
	case refusal.Code == credential.CodeExpired:
		return words{"expired", "revoked", "inactive", "disabled"}
	case k.State == credential.Revoked:
		return words{"revoked", "inactive", "disabled", "deleted"}
	}
	return words{string(k.State), "pending", "inactive"}
}

// graceEnd is how long the key that this one replaces stays good.
func (s *Server) graceEnd(k *credential.Credential) time.Time {
	class := s.credentials.Class(k.Class)
	if class == nil {
		return k.CreatedAt
	}
	return k.CreatedAt.Add(class.GraceFor)
}
