package rehearsal

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// do carries an action out now. n is how much it did: 0 where there was nothing to be done to, and no error.
func (c *Course) do(ctx context.Context, one *staged, a *Action) (n int, err error) {
	switch {
	case a.Fault != nil, a.Outage != nil, a.Refuse != nil:
		return 1, c.orderFault(ctx, one, a)
	case a.Clock != nil:
		return 1, c.control.Do(ctx, http.MethodPost, "/clock", a.Clock.request(), nil)
	case a.Tokens != nil:
		return c.shorten(ctx, a.Tokens)
	case a.End != nil:
		return c.end(ctx, a.End)
	case a.Deliveries != nil:
		return 1, c.orderTrouble(ctx, one, a.Deliveries, a.Deliveries.After, a.Deliveries.Types)
	case a.Forge != nil:
		return c.forge(ctx, a.Forge)
	case a.Limit != nil:
		return 1, c.limit(ctx, a.Limit)
	case a.Event != nil:
		return c.tell(ctx, a.Event)
	}
	return 0, errors.New("the action says nothing")
}

// orderFault orders the fault of an action, under a name of its own.
func (c *Course) orderFault(ctx context.Context, one *staged, a *Action) error {
	name := one.step.Name
	if n := len(one.faults); n > 0 {
		name += "-" + strconv.Itoa(n+1)
	}
	spec, _ := one.step.faultFor(a, name, c.contract)
	if err := c.control.Do(ctx, http.MethodPost, "/faults", spec, nil); err != nil {
		return err
	}
	one.faults = append(one.faults, name)
	if a.Outage != nil {
		o := outage{staged: one, fault: name, lasts: a.Outage.For}
		if one.step.Trigger.Call == nil || !one.step.countable(a) {
			o.began = c.clock.Now()
		}
		c.outages = append(c.outages, o)
	}
	return nil
}

func (k *Clock) request() map[string]any {
	switch {
	case k.Advance != "":
		return map[string]any{"advance": k.Advance}
	case k.Set != "":
		return map[string]any{"set": k.Set}
	}
	return map[string]any{"rate": k.Rate}
}

// A class is a kind of credential, as the management API tells of it.
type class struct {
	Name, Kind, Env, Lifetime string
}

// token says that credentials of the class are tokens that a login or a grant gives.
func (c *class) token() bool { return c.Kind == "jwt" || c.Kind == "opaque" }

// shorten changes the lifetime of a class, or of all classes of tokens that run out.
func (c *Course) shorten(ctx context.Context, l *Lifetime) (n int, err error) {
	list := []class{{Name: l.Class}}
	if l.Class == "" {
		var all struct{ Classes []class }
		if err := c.control.Do(ctx, http.MethodGet, "/credential-classes", nil, &all); err != nil {
			return 0, err
		}
		list = nil
		for _, one := range all.Classes {
			if one.token() && one.Lifetime != "" {
				list = append(list, one)
			}
		}
	}
	for _, one := range list {
		if err := c.control.Do(ctx, http.MethodPatch, "/credential-classes/"+url.PathEscape(one.Name), map[string]string{"lifetime": l.Live}, nil); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// A credential is one that was issued, as the management API tells of it.
type credential struct {
	ID, Kind, Class, Family, Client string
	Good                            bool
}

// obtained says that a client got it by a login or a grant: whoever did can do so again.
func (k *credential) obtained() bool {
	switch k.Kind {
	case "jwt":
		return k.Family != "" || k.Client != ""
	case "opaque": // one that was issued by itself, as those handed over are, is a family of its own
		return k.Client != "" || k.Family != "" && k.Family != k.ID
	}
	return false
}

// mostCredentials is how many credentials are looked at.
const mostCredentials = 1000

// end ends credentials, and says how many.
func (c *Course) end(ctx context.Context, e *End) (n int, err error) {
	list, err := c.chosen(ctx, e)
	if err != nil {
		return 0, err
	}
	for _, k := range list {
		if e.Revoke {
			err = c.control.Do(ctx, http.MethodPost, "/tokens/revoke", map[string]string{"id": k.ID}, nil)
		} else {
			err = c.control.Do(ctx, http.MethodPatch, "/keys/"+url.PathEscape(k.ID), map[string]string{"state": "expired"}, nil)
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// chosen lists the credentials that are to be ended, and are good until now.
func (c *Course) chosen(ctx context.Context, e *End) ([]credential, error) {
	if e.Env != "" {
		return c.handedOver(ctx, e.Env)
	}
	path := "/credentials?limit=" + strconv.Itoa(mostCredentials)
	if e.Class != "" {
		path += "&class=" + url.QueryEscape(e.Class)
	}
	var page struct{ Keys []credential }
	if err := c.control.Do(ctx, http.MethodGet, path, nil, &page); err != nil {
		return nil, err
	}
	var list []credential
	for _, k := range page.Keys {
		if k.Good && (e.Class != "" || k.obtained()) {
			list = append(list, k)
		}
	}
	return list, nil
}

// handedOver gives the credential that the client was given under a name.
func (c *Course) handedOver(ctx context.Context, env string) ([]credential, error) {
	ready, err := c.control.Ready(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range ready {
		if one.Env != env {
			continue
		}
		var decoded struct{ Credential *credential }
		if err := c.control.Do(ctx, http.MethodPost, "/tokens/decode", map[string]string{"token": one.Value}, &decoded); err != nil {
			return nil, err
		}
		if decoded.Credential == nil {
			return nil, fmt.Errorf("%s is no credential that can end", env)
		}
		if !decoded.Credential.Good {
			return nil, nil
		}
		return []credential{*decoded.Credential}, nil
	}
	return nil, fmt.Errorf("there is no credential %s", env)
}

func (c *Course) limit(ctx context.Context, l *Limit) error {
	body := map[string]any{}
	if l.Name != "" {
		body["limit"] = l.Name
	}
	way := "drain"
	switch {
	case l.Reset:
		way = "reset"
	case l.Left != nil:
		way, body["remaining"] = "set", *l.Left
	}
	return c.control.Do(ctx, http.MethodPost, "/limits/"+way, body, nil)
}

// tell tells of an event, and says to how many.
func (c *Course) tell(ctx context.Context, e *Event) (int, error) {
	body := map[string]any{"type": e.Type}
	if e.Data != nil {
		body["data"] = e.Data
	}
	if e.To != "" {
		body["to"] = e.To
	}
	var sent struct{ Deliveries []struct{ ID string } }
	if err := c.control.Do(ctx, http.MethodPost, "/events", body, &sent); err != nil {
		return 0, err
	}
	return len(sent.Deliveries), nil
}

// orderTrouble orders trouble for the next deliveries.
func (c *Course) orderTrouble(ctx context.Context, one *staged, t *Trouble, after int, types []string) error {
	body := map[string]any{"kind": t.Kind, "times": max(t.Times, 1)}
	if after > 0 {
		body["after"] = after
	}
	if len(types) > 0 {
		body["types"] = types
	}
	if t.Attempts != 0 {
		body["attempts"] = t.Attempts
	}
	if t.For != "" {
		body["for"] = t.For
	}
	if t.Bytes > 0 {
		body["bytes"] = t.Bytes
	}
	var made struct{ ID string }
	if err := c.control.Do(ctx, http.MethodPost, "/misbehaviours", body, &made); err != nil {
		return err
	}
	one.orders = append(one.orders, order{id: made.ID, times: max(t.Times, 1)})
	return nil
}
