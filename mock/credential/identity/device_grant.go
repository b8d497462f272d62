package identity

import (
	"context"
	"errors"
	"time"

	"understudy/mock/store"
)

var errDeviceCode = newError(codeInvalidGrant, "the device code is unknown or was used")

// slower is what is added to the interval of a device that asks too often (RFC 8628, 3.5).
const slower = 5 * time.Second

// deviceGrant gives a device tokens once a user has agreed (RFC 8628, 3.4).
func (p *Provider) deviceGrant(ctx context.Context, q *tokenRequest) (tokens, error) {
	code := q.form.Get("device_code")
	if code == "" {
		return tokens{}, newError(codeInvalidRequest, "device_code is missing")
	}
	key := p.key(deviceDrawer, code)
	var before deviceGrant
	err := p.store.View(ctx, func(tx store.Tx) error { return recall(tx, key, &before) })
	if errors.Is(err, errNoRecord) {
		err = errDeviceCode
	}
	if err != nil {
		return tokens{}, err
	}
	user, err := p.user(ctx, before.User)
	if err != nil {
		return tokens{}, err
	}
	return p.change(ctx, q.now, func(tx store.Tx) (t tokens, refused, err error) {
		var g deviceGrant
		if err := recall(tx, key, &g); err != nil {
			return t, nil, err
		}
		if refused, err = p.poll(tx, key, &g, q); refused != nil || err != nil {
			return t, refused, err
		}
		if user == nil || user.ID != g.User {
			return t, newError(codeAuthorizationWaits, "the user has not decided yet"), nil // decided since we looked: next time
		}
		g.State = deviceUsed
		if err := p.keepDevice(tx, key, &g); err != nil {
			return t, nil, err
		}
		a := authorization{Client: g.Client, User: g.User, Scopes: g.Scopes, AuthTime: g.AuthTime, Issuer: g.Issuer, Resource: g.Resource}
		w := wants{Access: true, ID: true, Refresh: q.refreshable(), Bound: q.bound, Flow: "deviceAuthorization"}
		t, err = p.issueIn(tx, a, a.Scopes, recipient{q.client, user, q.now}, w)
		return t, nil, err
	})
}

// poll says why a device gets no tokens now; nil: it gets them. A device that does not keep the interval has to wait longer
// from then on (RFC 8628, 3.5).
func (p *Provider) poll(tx store.Tx, key string, g *deviceGrant, q *tokenRequest) (refused, err error) {
	switch {
	case g.Client != q.client.ID || g.State == deviceUsed:
		return errDeviceCode, nil
	case !q.now.Before(g.ExpiresAt):
		return newError(codeExpiredToken, "the device code has expired; begin anew"), nil
	case g.State == deviceDenied:
		return newError(codeAccessDenied, "the user said no"), nil
	case g.State == deviceApproved:
		return nil, nil
	}
	refused = newError(codeAuthorizationWaits, "the user has not decided yet")
	if !g.PolledAt.IsZero() && q.now.Before(g.PolledAt.Add(g.Interval)) && !p.settings.is(flavourAuthentik) {
		g.Interval += slower
		refused = newError(codeSlowDown, "wait five seconds longer between requests from now on")
	}
	g.PolledAt = q.now
	return refused, p.keepDevice(tx, key, g)
}
