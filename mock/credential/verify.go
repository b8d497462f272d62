package credential

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"understudy/contracts"
	"understudy/mock/store"
)

// A Caller is a request's holder with the alternatives that its credentials satisfy.
type Caller struct {
	Holder
	satisfied []satisfied
}

// A satisfied is one alternative all of whose schemes hold.
type satisfied struct {
	alternative contracts.Alternative
	holders     []Holder // one for each requirement
}

// A finding is what became of one requirement.
type finding struct {
	holder  Holder
	refusal *Refusal // nil: it holds
	rank    int      // of the refusal: the higher, the more it says about what was shown
}

// How much a refusal says about what the client meant.
const (
	rankMissing     = iota // nothing was shown
	rankUnsupported        // and nothing will do
	rankForeign            // what was shown belongs to another scheme
	rankMalformed
	rankUnknown
	rankKnown // it was issued, and is not good any more
)

// Authenticate holds what a request shows against an operation's security (OpenAPI, Security Requirement Object): any
// alternative will do, all schemes of it must hold. A request that shows a bad credential is refused even where the
// operation does not ask for one; where both come, Authorization decides and not a cookie. The caller is nil
// where the request is refused. The error is the store's.
func (r *Registry) Authenticate(ctx context.Context, o *contracts.Operation, q *http.Request) (*Caller, *Refusal, error) {
	if len(o.Security) == 0 {
		return &Caller{}, nil, nil
	}
	v := verification{Registry: r, operation: o, request: q, now: r.clock.Now()}
	err := r.view(ctx, func(tx store.Tx) error {
		v.tx, v.done, v.caller, v.worst, v.holdersUsed = tx, v.doneRoom[:0], Caller{}, nil, 0
		return v.run()
	})
	if err != nil {
		return nil, nil, fmt.Errorf("look a credential up: %w", err)
	}
	if v.worst != nil {
		refusal := *v.worst // some are shared
		refusal.Challenges = r.challenges(o, &refusal)
		return nil, &refusal, nil
	}
	if err := r.slide(ctx, &v.caller, v.now); err != nil {
		return nil, nil, err
	}
	return &v.caller, nil, nil
}

// A verification is the work on one request.
type verification struct {
	*Registry
	operation *contracts.Operation
	request   *http.Request
	now       time.Time
	tx        store.Tx

	done   []doneScheme // each scheme is looked at once
	caller Caller
	worst  *Refusal // nil: the request passes

	text, key string // the text that was looked up last, and its place: several schemes read the same header

	// Room for what an ordinary request needs, so that it is not allocated piece by piece.
	doneRoom    [3]doneScheme
	holderRoom  [2]Holder
	holdersUsed int
}

type doneScheme struct {
	scheme  *contracts.SecurityScheme
	finding finding
}

func (v *verification) run() error {
	var worst *Refusal
	rank, optional, beyondCookie := -1, false, false
	for _, alternative := range v.operation.Security {
		if len(alternative) == 0 {
			optional = true
			continue
		}
		whole := satisfied{alternative: alternative}
		for _, requirement := range alternative {
			f, err := v.find(requirement.Scheme)
			if err != nil {
				return err
			}
			if f.refusal == nil {
				whole.holders = v.hold(whole.holders, len(alternative), f.holder)
				beyondCookie = beyondCookie || requirement.Scheme.In != "cookie"
			} else if f.rank > rank {
				worst, rank = f.refusal, f.rank
			}
		}
		if len(whole.holders) == len(alternative) {
			v.caller.satisfied = append(v.caller.satisfied, whole)
		}
	}
	switch {
	case len(v.caller.satisfied) > 0 && (beyondCookie || !v.badAuthorization()):
		v.decide()
	case optional && rank <= rankUnsupported:
	default:
		v.worst = worst
	}
	return nil
}

// hold appends a holder, in the room that is there for it where it suffices.
func (v *verification) hold(list []Holder, most int, h Holder) []Holder {
	if list == nil && v.holdersUsed+most <= len(v.holderRoom) {
		list = v.holderRoom[v.holdersUsed : v.holdersUsed : v.holdersUsed+most]
		v.holdersUsed += most
	}
	return append(list, h)
}

// badAuthorization says that the request has a header Authorization which no scheme of the operation believes, although one
// reads it.
func (v *verification) badAuthorization() bool {
	for _, d := range v.done {
		if readsAuthorization(d.scheme) && d.finding.refusal != nil && d.finding.rank > rankUnsupported {
			return true
		}
	}
	return false
}

// decide names the holder: of the first alternative that permits the operation, else of the first. One that reads
// Authorization goes before one that does not.
func (v *verification) decide() {
	list := v.caller.satisfied
	best := -1
	for i, s := range list {
		score := 0
		if v.permits(s, v.operation) == nil {
			score += 2
		}
		for _, requirement := range s.alternative {
			if readsAuthorization(requirement.Scheme) {
				score++
				break
			}
		}
		if score > best {
			best = score
			list[0], list[i] = list[i], list[0]
		}
	}
	v.caller.Holder = list[0].holders[0]
	for _, h := range list[0].holders { // what stands for a user tells more than what stands for an application
		if h.User != nil {
			v.caller.Holder = h
			break
		}
	}
}

// find looks at what the request shows for a scheme.
func (v *verification) find(s *contracts.SecurityScheme) (finding, error) {
	for _, d := range v.done {
		if d.scheme == s {
			return d.finding, nil
		}
	}
	f, err := v.look(s)
	if err != nil {
		return f, err
	}
	v.done = append(v.done, doneScheme{s, f})
	return f, nil
}

// foreign is the finding for a credential that was issued for another scheme.
var foreign = refusing(rankForeign, CodeUnknown, "The credential is good elsewhere, not for this operation.")

func refusing(rank int, code, detail string) finding {
	return finding{rank: rank, refusal: &Refusal{Status: http.StatusUnauthorized, Code: code, Detail: detail}}
}

func (v *verification) look(s *contracts.SecurityScheme) (finding, error) {
	if why := Unsupported(s); why != "" {
		return refusing(rankUnsupported, CodeUnsupported, "The security scheme "+s.Key+" cannot be satisfied: "+why+"."), nil
	}
	if s.Type == "mutualTLS" {
		return v.lookCertificate(s)
	}
	seen := v.showing(s, v.request)
	switch {
	case !seen.present:
		return refusing(rankMissing, CodeMissing, "No credential was sent. Send "+place(s)+"."), nil
	case seen.problem != "":
		return refusing(rankMalformed, CodeMalformed, seen.problem), nil
	case s.Type == "http" && s.Scheme == "basic":
		return v.lookPassword(s, seen)
	}
	return v.lookText(s, seen)
}

// place says where a scheme's credential is sent.
func place(s *contracts.SecurityScheme) string {
	switch s.Type {
	case "apiKey":
		return "the " + s.In + " " + s.Name
	case "http":
		if s.Scheme == "basic" {
			return "Authorization: Basic and user:password in base64"
		}
		return "Authorization: " + title(s.Scheme) + " YOUR_TOKEN"
	case "mutualTLS":
		return "a client certificate"
	}
	return "Authorization: Bearer YOUR_TOKEN"
}

// lookText believes a key or token that was issued, is good now and satisfies the scheme.
func (v *verification) lookText(s *contracts.SecurityScheme, seen shown) (finding, error) {
	c, err := v.issuedFor(s, seen.text)
	if errors.Is(err, ErrNotFound) {
		return v.lookForeign(s, seen)
	}
	if err != nil {
		return finding{}, err
	}
	if !v.satisfies(&c.Credential, s) {
		return foreign, nil
	}
	if refusal := v.Alive(&c.Credential, v.now); refusal != nil {
		return finding{rank: rankKnown, refusal: refusal}, nil
	}
	if refusal := v.checkBinding(&c.Credential, seen); refusal != nil {
		return finding{rank: rankKnown, refusal: refusal}, nil
	}
	holder, err := v.holder(&c.Credential)
	return finding{holder: holder}, err
}

// issuedFor finds the credential with a text. A key in Authorization may stand there with or without a word before it.
func (v *verification) issuedFor(s *contracts.SecurityScheme, text string) (*stored, error) {
	hashed := false
	if v.key == "" || v.text != text {
		v.text, v.key = text, v.texts.key(text)
		if hashed = v.key == ""; hashed {
			v.key = v.textKey(text)
		}
	}
	c, err := decodedGet[stored](&v.decoded, v.tx, v.key)
	if errors.Is(err, ErrNotFound) && s.Type == "apiKey" && strings.EqualFold(s.Name, "Authorization") {
		if _, rest, ok := strings.Cut(text, " "); ok {
			return decodedGet[stored](&v.decoded, v.tx, v.textKey(strings.TrimSpace(rest)))
		}
	}
	if err == nil && hashed {
		v.texts.keep(text, v.key)
	}
	return c, err
}

// satisfies says that a credential is one of those that a scheme asks for.
func (r *Registry) satisfies(c *Credential, s *contracts.SecurityScheme) bool {
	if len(c.Schemes) > 0 {
		for _, key := range c.Schemes {
			if key == s.Key {
				return true
			}
		}
		return false
	}
	class := r.byName[c.Class]
	return class != nil && class.Security == s
}

// holder is who a credential stands for.
func (v *verification) holder(c *Credential) (Holder, error) {
	h := Holder{Credential: c, Client: c.Client, Environment: c.Environment, Scopes: c.Scopes}
	var err error
	if c.Account != "" {
		if h.Account, err = v.accountIn(v.tx, c.Account); err != nil && !errors.Is(err, ErrNotFound) {
			return h, err
		}
	}
	if c.User != "" {
		if h.User, err = v.userIn(v.tx, c.User); err != nil && !errors.Is(err, ErrNotFound) {
			return h, err
		}
	}
	return h, nil
}

// lookPassword believes a user's name and password, and a key as the name with an empty password, as some vendors take it.
func (v *verification) lookPassword(s *contracts.SecurityScheme, seen shown) (finding, error) {
	user, err := v.checkPasswordIn(v.tx, seen.user, seen.password)
	if err == nil {
		c := &Credential{ID: "user_" + user.ID, Kind: Password, User: user.ID, Account: user.Account, State: Active, CreatedAt: user.PasswordAt}
		if classes := v.byScheme[s.Key]; len(classes) > 0 {
			c.Class, c.Environment, c.Scopes = classes[0].Name, classes[0].Environment, classes[0].Scopes
		}
		holder, err := v.holder(c)
		return finding{holder: holder}, err
	}
	if !errors.Is(err, ErrNotFound) {
		return finding{}, err
	}
	if seen.password == "" {
		return v.lookText(s, shown{present: true, text: seen.user})
	}
	return refusing(rankUnknown, CodeUnknown, "There is no user with this name and password."), nil
}

// slide notes the use of credentials that end when they are not used for a while.
func (r *Registry) slide(ctx context.Context, caller *Caller, now time.Time) error {
	c := caller.Credential
	if c == nil {
		return nil
	}
	class := r.byName[c.Class]
	if class == nil || class.SlidingFor == 0 || !now.After(c.SeenAt) {
		return nil
	}
	return r.update(ctx, func(tx store.Tx) error {
		old, err := r.byID(tx, c.ID)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		seen := *old
		seen.SeenAt = now
		return r.save(tx, old, &seen)
	})
}
