package mock

import (
	"context"
	"errors"
	"strings"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/resource"
	"understudy/mock/store"
)

// An endpointItem is what an item of the contract's own endpoint collection says.
type endpointItem struct {
	url, description string
	events           []string
	enabled          bool
}

// readEndpoint reads an item. Without one everything is empty.
func (s *Server) readEndpoint(text []byte) (of endpointItem) {
	value, err := schema.ParseJSON(text)
	if err != nil {
		return of
	}
	if v, ok := schema.At(value, s.parts.URL); ok {
		of.url, _ = v.(string)
	}
	if v, ok := schema.At(value, "/description"); ok {
		of.description, _ = v.(string)
	}
	if v, ok := schema.At(value, s.parts.Events); ok {
		of.events = textList(v)
	}
	v, ok := schema.At(value, s.parts.Enabled)
	of.enabled = !ok || isOn(v)
	return of
}

// isOn reads a member that says whether an endpoint is in use.
func isOn(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		switch strings.ToLower(v) {
		case "enabled", "active", "on", "live", "verified", "true":
			return true
		}
		return false
	}
	return v != nil
}

// sentSecret is the secret that a client brings along for its endpoint; empty: none.
func (s *Server) sentSecret(c *call) string {
	input, ok := schema.At(c.body.Value, c.binding.Input)
	if !ok {
		return ""
	}
	v, _ := schema.At(input, s.parts.Secret)
	text, _ := v.(string)
	return text
}

// showSecret puts the secret into the one answer that tells it, and takes what stands there out of all others.
func (s *Server) showSecret(c *call, result *resource.Result, secret string) {
	if !c.binding.Shows || c.media == nil || len(result.Body) == 0 || !contracts.JSONMedia(c.media.Name) {
		return
	}
	value, err := schema.ParseJSON(result.Body)
	if err != nil {
		return
	}
	shown, _ := schema.At(value, c.binding.Item)
	list, many := shown.([]any)
	if !many {
		list = []any{shown}
	}
	touched := false
	for _, one := range list {
		touched = s.replaceSecret(c.binding.Shown, one, secret) || touched
	}
	if touched {
		result.Body = schema.AppendJSON(nil, value, c.media.Schema)
		c.response.Header().Set("Cache-Control", "no-store")
	}
}

// replaceSecret sets the secret in an item, or takes it out where the schema can do without it.
func (s *Server) replaceSecret(of *schema.Schema, item any, secret string) bool {
	pointer := s.parts.Secret
	parent, last := pointer[:strings.LastIndexByte(pointer, '/')], schema.UnescapeToken(pointer[strings.LastIndexByte(pointer, '/')+1:])
	v, _ := schema.At(item, parent)
	object, ok := v.(map[string]any)
	if !ok {
		return false
	}
	old, there := object[last]
	switch {
	case secret == "" && !there:
		return false
	case secret == "":
		delete(object, last)
		if of != nil && !of.Valid(item, schema.Response) {
			object[last] = old // the contract wants one: what is made up is nobody's
			return false
		}
		return true
	}
	object[last] = secret
	if of != nil && !there && !of.Valid(item, schema.Response) {
		delete(object, last) // the answer has no room for it
		return false
	}
	return true
}

// Keys in the store are "endpoint/" + the contract's name + NUL + account NUL environment NUL collection NUL id of the item →
// id of the endpoint.
func (s *Server) endpointPrefix() string { return "endpoint/" + s.contract.Name + "\x00" }

func (s *Server) endpointPlace(c *call, id string) string {
	account, environment := s.worldOf(c.account(), c.holder().Environment)
	path := ""
	if c.binding.Collection != nil {
		path = c.binding.Collection.Path
	}
	for _, p := range c.binding.ScopeParams {
		path += "\x00" + c.arguments.String("path", p)
	}
	place := s.endpointPrefix() + account + "\x00" + environment + "\x00" + path + "\x00" + id
	return place[:min(len(place), store.MaxKey)]
}

// endpointID is the endpoint that belongs to an item; empty: none does.
func (s *Server) endpointID(ctx context.Context, place string) (id string, err error) {
	err = s.options.Store.View(ctx, func(tx store.Tx) error {
		value, err := tx.Get(place)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		id = string(value)
		return err
	})
	return id, err
}

func (s *Server) keepEndpointID(ctx context.Context, place, id string) error {
	return s.options.Store.Update(ctx, func(tx store.Tx) error {
		if id == "" {
			return tx.Delete(place)
		}
		return tx.Put(place, []byte(id))
	})
}

// forgetEndpointItems forgets which items have endpoints.
func (s *Server) forgetEndpointItems(ctx context.Context) error {
	return s.options.Store.Update(ctx, func(tx store.Tx) error {
		for key := range tx.Scan(s.endpointPrefix(), store.Scan{}) {
			if err := tx.Delete(key); err != nil {
				return err
			}
		}
		return nil
	})
}
