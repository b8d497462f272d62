package contracts

import (
	"strings"

	"understudy/contracts/schema"
)

// The usual names of an endpoint's members, likeliest first.
var (
	urlNames     = []string{"url", "endpoint", "endpoint_url", "endpointUrl", "target_url", "targetUrl", "callback_url", "callbackUrl"}
	eventNames   = []string{"events", "enabled_events", "enabledEvents", "event_types", "eventTypes", "topics"}
	secretNames  = []string{"secret", "signing_secret", "signingSecret"}
	enabledNames = []string{"enabled", "active", "status"}
)

// EndpointItem gives, as JSON Pointers, where the parts of an endpoint are in the contract's own resource for them: what the
// behaviour says, else the usual names that the schemas of the operations with the word webhook have, else url, events,
// secret and enabled. ok is false where no operation has the word.
func (c *Contract) EndpointItem() (item EndpointItem, ok bool) {
	var schemas []view
	for _, o := range c.Operations {
		if o.Behaviour.Webhook == "" {
			continue
		}
		ok = true
		schemas = append(schemas, endpointSchemas(o)...)
	}
	if w := c.Behaviour.Webhooks; w != nil && w.Item != nil {
		item = *w.Item
	}
	for _, part := range []struct {
		at    *string
		names []string
	}{{&item.URL, urlNames}, {&item.Events, eventNames}, {&item.Secret, secretNames}, {&item.Enabled, enabledNames}} {
		if *part.at == "" {
			*part.at = usualName(schemas, part.names)
		}
		if !strings.HasPrefix(*part.at, "/") {
			*part.at = "/" + schema.EscapeToken(*part.at)
		}
	}
	return item, ok
}

// endpointSchemas gives the schemas of the endpoint in the request and the good answers of an operation, by the pointers
// that its behaviour names.
func endpointSchemas(o *Operation) []view {
	var list []view
	add := func(content []*MediaType, pointer string) {
		for _, m := range content {
			e := Event{Media: m}
			if v, ok := e.viewAt(pointer); ok {
				list = append(list, v)
			}
		}
	}
	if o.Body != nil {
		add(o.Body.Content, o.Behaviour.Input)
	}
	for _, r := range o.Responses {
		if r.Code/100 == 2 {
			add(r.Content, o.Behaviour.Item)
		}
	}
	return list
}

// usualName gives the first of the names that one of the schemas declares, else the first of all.
func usualName(schemas []view, names []string) string {
	for _, name := range names {
		for _, s := range schemas {
			if _, declared := s.property(name); declared {
				return name
			}
		}
	}
	return names[0]
}
