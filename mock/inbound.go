package mock

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

// codeSignature is the code of deliveries that are not believed.
const codeSignature = "signature_invalid"

// An inbound is a delivery of somebody else's webhook that was believed.
type inbound struct {
	place  string // of the event's id in the store; empty: nothing makes a repeat recognisable
	repeat bool   // it was taken before, and has no effect again
	taken  bool   // this request has taken it
}

// receivesWebhooks says that an operation takes other people's webhooks.
func receivesWebhooks(o *contracts.Operation) bool { return o.Behaviour.Verify != "" }

// verify judges the signature of a delivery, which stands for the sender as a credential does elsewhere.
func (s *Server) verify(c *call) *Problem {
	kind := signature.Kind(c.operation.Behaviour.Verify)
	if kind == "" || s.options.Auth == Ignore {
		return nil
	}
	if p := s.receive(c); p != nil { // what did not come whole cannot be judged
		return p
	}
	scheme := signature.Scheme{Kind: kind}
	m := signature.Message{At: c.now, URL: c.origin() + c.request.URL.RequestURI(), Body: c.raw, ContentType: contentTypeOf(c.request)}
	var secrets []string
	if kind.NeedsSecret() {
		secrets = s.inboundSecrets(kind)
	}
	err := scheme.Verify(c.request.Header, m, c.now, secrets...)
	var refusal *signature.Refusal
	switch {
	case err == nil:
		c.inbound = &inbound{place: s.inboundPlace(c, kind)}
		return nil
	case !errors.As(err, &refusal):
		return internalProblem(err)
	case s.options.Auth == Enforce:
		return &Problem{
			Status: signatureStatus(c.operation), Code: codeSignature, Header: s.signatureChallenge(c.operation),
			Detail: "The signature is not good: " + refusal.Detail + " (" + string(refusal.Reason) + ").",
		}
	}
	s.observe(c, "verify", codeSignature, refusal.Detail, 0)
	return nil
}

// signatureStatus is the status by which the operation documents that a delivery is not believed.
func signatureStatus(o *contracts.Operation) int {
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusBadRequest, http.StatusUnprocessableEntity} {
		if r := o.Response(status); r != nil && r.Code == status {
			return status
		}
	}
	return http.StatusBadRequest // what Stripe's own examples answer
}

// signatureChallenge is what a 401 has to have (RFC 9110, 15.5.2).
func (s *Server) signatureChallenge(o *contracts.Operation) http.Header {
	challenge := s.contract.Behaviour.Challenge
	if signatureStatus(o) != http.StatusUnauthorized || challenge == "none" {
		return nil
	}
	if challenge == "" {
		challenge = `Signature realm="` + s.contract.Name + `"`
	}
	return http.Header{"Www-Authenticate": {challenge}}
}

// InboundEnv is the name of the secret by which deliveries of a kind are judged: "STRIPE_WEBHOOK_SECRET".
func InboundEnv(kind signature.Kind) string {
	name := strings.ToUpper(strings.ReplaceAll(string(kind), "-", "_"))
	return strings.TrimSuffix(name, "_WEBHOOKS") + "_WEBHOOK_SECRET"
}

// InboundKinds lists the kinds of signatures that the contract's operations judge, in the order of the document.
func (s *Server) InboundKinds() []signature.Kind {
	var list []signature.Kind
	for _, o := range s.contract.Operations {
		if kind := signature.Kind(o.Behaviour.Verify); kind != "" && kind.NeedsSecret() && !slices.Contains(list, kind) {
			list = append(list, kind)
		}
	}
	return list
}

// The headers and members in which senders put the id of an event, by the kind of their signature.
var (
	eventIDHeaders = map[signature.Kind][]string{
		signature.StandardWebhooks: {"webhook-id", "svix-id"},
		signature.GitHub:           {"X-GitHub-Delivery"},
		signature.Shopify:          {"X-Shopify-Event-Id", "X-Shopify-Webhook-Id"},
		signature.Twilio:           {"I-Twilio-Idempotency-Token"},
	}
	eventIDMembers = []string{"/id", "/event_id", "/eventId"}
)

// longestEventID is how many bytes of an event's id are told apart.
const longestEventID = 1000

// inboundPlace is where the store remembers that an event was taken; empty: the delivery has no id.
func (s *Server) inboundPlace(c *call, kind signature.Kind) string {
	id := ""
	for _, name := range eventIDHeaders[kind] {
		if id = c.request.Header.Get(name); id != "" {
			break
		}
	}
	if id == "" {
		value, err := schema.ParseJSON(c.raw)
		if err != nil {
			return ""
		}
		for _, member := range eventIDMembers {
			if v, ok := schema.At(value, member); ok {
				if id, ok = v.(string); ok && id != "" {
					break
				}
			}
		}
	}
	if id == "" {
		return ""
	}
	return s.inboundPrefix() + inboundTaken + c.operation.ID + "\x00" + id[:min(len(id), longestEventID)]
}

// takeEvent notes, right before the effect, that an event is taken. Of deliveries with one id the first is carried out,
// the others are answered without effect.
func (s *Server) takeEvent(c *call) *Problem {
	if c.inbound == nil || c.inbound.place == "" || c.prefer.given() {
		return nil
	}
	taken, err := s.noteEvent(c.request.Context(), c.inbound.place)
	if err != nil {
		return internalProblem(err)
	}
	c.inbound.taken, c.inbound.repeat = taken, !taken
	if c.inbound.repeat {
		c.observed = append(c.observed, StageNote{Name: "verify", Verdict: passed, Note: "the event was taken before: this delivery has no effect"})
	}
	return nil
}

// giveEventBack forgets that an event was taken by a request that was refused after all: it may come again.
func (s *Server) giveEventBack(c *call) {
	if c.inbound == nil || !c.inbound.taken || c.outcome != nil && c.outcome.status < 400 {
		return
	}
	if err := s.forgetEvent(context.WithoutCancel(c.request.Context()), c.inbound.place); err != nil {
		s.logger.Error("an event that was refused counts as taken", "contract", s.contract.Name, "operation", c.operation.ID, "error", err)
	}
}
