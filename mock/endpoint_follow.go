package mock

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/resource"
	"understudy/mock/webhook"
)

// followEndpoint lets the contract's own operations on webhook endpoints register, change and remove them: the items of the
// collection are what the operations show, the endpoints are where deliveries go. A change that no endpoint can follow is
// taken back.
//
// Items that exist from the start are shown and receive nothing: nobody here has registered their addresses. A request that
// gives one of them another address does.
func (s *Server) followEndpoint(c *call, result *resource.Result) *Problem {
	word := c.operation.Behaviour.Webhook
	if word == "" {
		return nil
	}
	shown := "" // the secret, on the only answer that tells it
	for _, change := range s.changesOf(c, result) {
		text, err := s.changeEndpoint(c, change)
		if err != nil {
			s.undo(c, change)
			return s.endpointProblem(c, err)
		}
		shown = cmp.Or(shown, text)
	}
	if word == "rotate" {
		text, err := s.rotateEndpoint(c, result)
		if err != nil {
			return s.endpointProblem(c, err)
		}
		shown = cmp.Or(shown, text)
	}
	s.showSecret(c, result, shown)
	return nil
}

func (s *Server) changesOf(c *call, result *resource.Result) []*resource.Change {
	var list []*resource.Change
	for i := range result.Changes {
		if c.binding.Collection != nil && result.Changes[i].Collection == c.binding.Collection.Path {
			list = append(list, &result.Changes[i])
		}
	}
	return list
}

// changeEndpoint carries one item's change over to its endpoint. It gives the secret of a new one.
func (s *Server) changeEndpoint(c *call, change *resource.Change) (secret string, err error) {
	ctx, place := c.request.Context(), s.endpointPlace(c, change.ID)
	id, err := s.endpointID(ctx, place)
	if err != nil {
		return "", err
	}
	if change.After == nil {
		if id == "" {
			return "", nil
		}
		if err := s.webhooks.DeleteEndpoint(ctx, id); err != nil && !errors.Is(err, webhook.ErrNotFound) {
			return "", err
		}
		return "", s.keepEndpointID(ctx, place, "")
	}
	now, before := s.readEndpoint(change.After), s.readEndpoint(change.Before)
	if id == "" {
		if now.url == before.url {
			return "", nil // it exists from the start, and nobody has given it an address
		}
		return s.registerEndpoint(c, place, now)
	}
	_, err = s.webhooks.ChangeEndpoint(ctx, id, webhook.EndpointChange{URL: &now.url, Events: &now.events, Enabled: changed(now.enabled, before.enabled), Description: &now.description})
	if errors.Is(err, webhook.ErrNotFound) { // it was removed by hand
		return "", nil
	}
	return "", err
}

// changed gives a value that is not what it was.
func changed[T comparable](now, before T) *T {
	if now == before {
		return nil
	}
	return &now
}

func (s *Server) registerEndpoint(c *call, place string, of endpointItem) (secret string, err error) {
	ctx := c.request.Context()
	r := webhook.EndpointRequest{
		URL: of.url, Events: of.events, Description: of.description, Disabled: !of.enabled, Source: webhook.FromOperation,
		SecretName: s.endpointSecretName(of.events), OwnSecrets: true,
	}
	r.Account, r.Environment = s.worldOf(c.account(), c.holder().Environment)
	if text := s.sentSecret(c); text != "" && r.SecretName != "" {
		r.Secrets = map[string]string{r.SecretName: text}
	}
	made, texts, err := s.webhooks.Register(ctx, r)
	if err != nil {
		return "", err
	}
	if err := s.keepEndpointID(ctx, place, made.ID); err != nil {
		return "", errors.Join(err, s.webhooks.DeleteEndpoint(ctx, made.ID))
	}
	return texts[r.SecretName], nil
}

// endpointSecretName is the environment name of the one secret that an endpoint of the contract has: that of the first event
// which it wants.
func (s *Server) endpointSecretName(events []string) string {
	var any string
	for _, e := range s.contract.Events() {
		if e.Secret == "" || !e.Scheme.Kind.NeedsSecret() {
			continue
		}
		any = cmp.Or(any, e.Secret)
		if slices.Contains(events, e.Name) {
			return e.Secret
		}
	}
	return any
}

func (s *Server) rotateEndpoint(c *call, result *resource.Result) (string, error) {
	ids := []string{}
	for _, p := range c.binding.ItemParams {
		if p != "" {
			ids = append(ids, c.arguments.String("path", p))
		}
	}
	id, err := s.endpointID(c.request.Context(), s.endpointPlace(c, strings.Join(ids, "/")))
	if err != nil || id == "" {
		return "", err
	}
	return s.webhooks.RotateSecret(c.request.Context(), id, "", "")
}

// undo takes an item's change back.
func (s *Server) undo(c *call, change *resource.Change) {
	ctx, view := c.request.Context(), s.resources.In(c.account(), c.holder().Environment)
	scope := map[string]string{}
	for i, p := range c.binding.Collection.Scope {
		if i < len(c.binding.ScopeParams) {
			scope[p.Name] = c.arguments.String("path", c.binding.ScopeParams[i])
		}
	}
	var err error
	if change.Before == nil {
		err = view.Remove(ctx, c.binding.Collection, scope, change.ID)
	} else if item, bad := schema.ParseJSON(change.Before); bad == nil {
		_, err = view.Put(ctx, c.binding.Collection, scope, change.ID, item)
	}
	if err != nil {
		s.logger.Error("an endpoint that was refused could not be taken back", "contract", s.contract.Name, "collection", change.Collection, "error", err)
	}
}

// endpointProblem says why an endpoint cannot be.
func (s *Server) endpointProblem(c *call, err error) *Problem {
	var address *webhook.AddressError
	var request *webhook.RequestError
	v := contracts.Violation{In: "body"}
	switch {
	case errors.As(err, &address):
		v.Pointer, v.Keyword, v.Want, v.Got = s.parts.URL, "address", "an address that deliveries may go to", address.Kind
	case errors.As(err, &request):
		v.Pointer, v.Keyword, v.Want = "/"+request.Field, "endpoint", strings.TrimPrefix(request.Reason, "must be ")
	case errors.Is(err, webhook.ErrTooMany):
		return &Problem{Status: http.StatusConflict, Code: codeConflict, Detail: sentence(err.Error())}
	default:
		return internalProblem(err)
	}
	violations := []contracts.Violation{v}
	return &Problem{Status: s.violationStatus(c.operation, violations), Code: codeValidation, Detail: sentence(err.Error()), Violations: violations}
}
