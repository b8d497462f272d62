package mock

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/webhook"
)

// callBack calls where the request itself has asked to be called (Callback Object, OpenAPI 3.1.2): once for each operation of
// each callback, when the answer is on its way. Nobody else has registered the address, so it is the URL policy alone that
// says whether it may be called; a refusal stands in the journal.
func (s *Server) callBack(ctx context.Context, c *call, account, environment string) {
	if len(c.operation.Callbacks) == 0 {
		return
	}
	exchange := &contracts.Exchange{
		Operation: c.operation, Method: c.request.Method, URL: c.origin() + c.request.URL.RequestURI(), Proto: c.request.Proto,
		RequestHeader: c.request.Header, RequestBody: c.raw,
		Status: c.outcome.status, ResponseHeader: c.outcome.header, ResponseBody: c.outcome.body, Start: c.now,
	}
	path := map[string]string{}
	for _, p := range c.operation.Parameters {
		if p.In == "path" {
			path[p.Name] = c.arguments.String("path", p.Name)
		}
	}
	for _, one := range c.operation.Callbacks {
		address, err := callbackAddress(one, exchange, path)
		for _, event := range one.Events {
			told := Emitted{Name: one.Name, Callback: true}
			if err != nil {
				told.Error = err.Error()
				c.trace.Events = append(c.trace.Events, told)
				continue
			}
			sent, deliveries, err := s.webhooks.Emit(ctx, webhook.Emission{
				Event: event, Fill: s.fillCallback(c, event), Account: account, Environment: environment,
				Cause: "callback " + one.Name + " of " + c.operation.ID, Trace: c.context,
				To: webhook.Target{URL: address, Method: event.Operation.Method},
			})
			var refused *webhook.AddressError
			switch {
			case errors.As(err, &refused):
				told.Error = fmt.Sprintf("the address that %s gives may not be called: %v", one.Expression, err)
			case err != nil:
				told.Error = err.Error()
			default:
				told.ID, told.Deliveries = sent.ID, len(deliveries)
			}
			c.trace.Events = append(c.trace.Events, told)
		}
	}
}

// callbackAddress is where a callback goes after an exchange.
func callbackAddress(one *contracts.Callback, x *contracts.Exchange, path map[string]string) (string, error) {
	if one.Address == nil {
		return "", fmt.Errorf("the expression %s of the document cannot be read", one.Expression)
	}
	address, err := one.Address.Text(x, path)
	switch {
	case err != nil:
		return "", fmt.Errorf("the exchange gives no address for %s: %w", one.Expression, err)
	case !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://"):
		return "", fmt.Errorf("the address that %s gives is no absolute http or https URL", one.Expression)
	}
	return address, nil
}

// fillCallback gives the members of a callback's body that the exchange speaks of by the same name.
func (s *Server) fillCallback(c *call, e *contracts.Event) map[string]any {
	if e.Media == nil || e.Media.Schema == nil {
		return nil
	}
	fill := map[string]any{}
	for _, member := range objectMembers(e.Media.Schema, 0) {
		if v, ok := c.told(member.Name, member.Schema); ok {
			fill["/"+schema.EscapeToken(member.Name)] = v
		}
	}
	return fill
}
