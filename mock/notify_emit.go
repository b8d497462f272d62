package mock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"understudy/contracts"
	"understudy/contracts/schema"
	"understudy/mock/webhook"
)

// ErrSilent says that an event belongs to a family that is switched off.
var ErrSilent = errors.New("the event belongs to a family of events that is switched off")

// Emit tells of an event, as Webhooks().Emit does, and lets come into being what the event creates: before anybody hears of
// it, and once for each event id. One of a module that is switched off fails with ErrSilent unless it is forced.
func (s *Server) Emit(ctx context.Context, e webhook.Emission) (webhook.Event, []webhook.Delivery, error) {
	if e.Cause == "" {
		e.Cause = "hand"
	}
	event, deliveries, _, err := s.emit(ctx, e, "")
	return event, deliveries, err
}

// emit is Emit, and tells what it has created. socket is the WebSocket connection that is not to hear of the event, since its
// owner caused it.
func (s *Server) emit(ctx context.Context, e webhook.Emission, socket string) (told webhook.Event, deliveries []webhook.Delivery, created []Change, err error) {
	if e.Event == nil {
		e.Event = s.contract.Event(e.Type)
	}
	if e.Event != nil && !e.Force && s.silent(e.Event) {
		return told, nil, nil, fmt.Errorf("%s: %w (%s)", e.Event.Name, ErrSilent, e.Event.Behaviour.Family)
	}
	if e.Event != nil && len(e.Event.Behaviour.Creates) > 0 {
		s.creating.Lock()
		defer s.creating.Unlock()
		if created, err = s.createFor(ctx, &e); err != nil {
			return told, nil, nil, err
		}
	}
	told, deliveries, err = s.webhooks.Emit(ctx, e)
	if err == nil {
		s.publish(told.Type, json.RawMessage(told.Payload), socket)
	}
	return told, deliveries, created, err
}

// createFor makes the items that an event brings into being, and fixes the payload by which that was done.
func (s *Server) createFor(ctx context.Context, e *webhook.Emission) (created []Change, err error) {
	if e.Payload == nil {
		if e.Payload, err = s.payload(ctx, e); err != nil {
			return nil, err
		}
	}
	if !e.Force && len(e.Event.Check(e.Payload)) > 0 {
		return nil, nil // it will not be told
	}
	payload, err := schema.ParseJSON(e.Payload)
	if err != nil {
		return nil, nil
	}
	place := ""
	if id, ok := schema.At(payload, e.Event.Places.ID); ok && id != nil && e.Event.Places.ID != contracts.Nowhere {
		place = s.inboundPrefix() + inboundTaken + "\x00creates\x00" + textOf(id)
		taken, err := s.noteEvent(ctx, place)
		if err != nil || !taken {
			return nil, err
		}
	}
	for i := range e.Event.Behaviour.Creates {
		made, err := s.create(ctx, &e.Event.Behaviour.Creates[i], payload, e.Account, e.Environment)
		created = append(created, made...)
		if err != nil {
			if place != "" && len(created) == 0 {
				err = errors.Join(err, s.forgetEvent(ctx, place))
			}
			return created, fmt.Errorf("create what %s brings into being: %w", e.Event.Name, err)
		}
	}
	return created, nil
}

// payload makes the payload of an event beforehand, with an id that no other has.
func (s *Server) payload(ctx context.Context, e *webhook.Emission) ([]byte, error) {
	number, err := s.nextCreation(ctx)
	if err != nil {
		return nil, err
	}
	maker, key := s.maker(), "creation/"+e.Event.Name+"/"+strconv.FormatUint(number, 10)
	fill := e.Event.Fill(e.Event.NewID(maker, key), s.clock.Now(), nil)
	maps.Copy(fill, e.Fill)
	body, _, err := e.Event.Payload(maker, key, fill)
	return body, err
}

// mostCreated bounds the items that one event brings into being.
const mostCreated = 1000

// create makes one item, or one for each entry of a list in the payload.
func (s *Server) create(ctx context.Context, how *contracts.Creation, payload any, account, environment string) (created []Change, err error) {
	collection := s.model.Collection(how.Resource)
	if collection == nil {
		return nil, fmt.Errorf("%s is no collection of the contract", how.Resource)
	}
	list := []any{nil}
	if how.Each != "" {
		v, _ := schema.At(payload, how.Each)
		if list, err = entriesOf(v); err != nil {
			return nil, fmt.Errorf("%s: %w", how.Each, err)
		}
	}
	view := s.resources.In(account, environment)
	for _, each := range list[:min(len(list), mostCreated)] {
		want := map[string]any{}
		for name, template := range how.Set {
			if v := fillCreation(template, payload, each); v != schema.Absent {
				want[name] = fitMember(collection.Item, name, v)
			}
		}
		item, err := view.Add(ctx, collection, nil, want)
		if err != nil {
			return created, err
		}
		created = append(created, Change{Kind: "created", Key: item.Collection + "/" + item.ID})
	}
	return created, nil
}
