package identity

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"understudy/mock/store"
)

var errUserCode = newError(codeInvalidGrant, "the code is unknown, was used or has expired")

// A deviceAnswer is a good answer of the device authorization endpoint (RFC 8628, 3.2).
type deviceAnswer struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	WholeURI   string `json:"verification_uri_complete"`
	ExpiresIn  int64  `json:"expires_in"` // seconds
	Interval   int64  `json:"interval"`   // seconds
}

// serveDeviceAuthorization is the device authorization endpoint (RFC 8628, 3.1).
func (p *Provider) serveDeviceAuthorization(w http.ResponseWriter, r *http.Request) {
	answer, err := p.authorizeDevice(r)
	if err != nil {
		p.writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (p *Provider) authorizeDevice(r *http.Request) (*deviceAnswer, error) {
	if err := p.throttle(r); err != nil {
		return nil, err
	}
	form, err := readForm(r)
	if err != nil {
		return nil, err
	}
	client, err := p.client(r, form)
	if err != nil {
		return nil, err
	}
	if err := mayUse(client, grantDevice); err != nil {
		return nil, err
	}
	scopes, err := p.grantable(client, "deviceAuthorization", words(form.Get("scope")))
	if err != nil {
		return nil, err
	}
	resource, err := target(form)
	if err != nil {
		return nil, err
	}
	now := p.clock.Now()
	g := deviceGrant{
		Client: client.ID, Scopes: scopes, State: devicePending, ExpiresAt: now.Add(p.settings.device),
		Interval: p.settings.interval, Issuer: p.issuer(r), Resource: resource,
	}
	if p.options.AutoApprove {
		users, err := p.registry.Users(r.Context())
		if err != nil {
			return nil, err
		}
		if len(users) > 0 {
			g.State, g.User, g.AuthTime = deviceApproved, users[0].ID, now
		}
	}
	code, err := p.newDevice(r.Context(), &g, now)
	if err != nil {
		return nil, err
	}
	uri := origin(r) + p.paths.DevicePage
	return &deviceAnswer{
		DeviceCode: code, UserCode: g.UserCode, URI: uri, WholeURI: uri + "?" + p.settings.userCode + "=" + url.QueryEscape(g.UserCode),
		ExpiresIn: int64(p.settings.device / time.Second), Interval: int64(g.Interval / time.Second),
	}, nil
}

// newDevice keeps a grant under a new device code and a new user code.
func (p *Provider) newDevice(ctx context.Context, g *deviceGrant, now time.Time) (code string, err error) {
	format := "^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$" // no vowels, no words (RFC 8628, 6.1)
	if p.settings.is(flavourAuthentik) {
		format = "^[0-9]{9}$"
	}
	err = p.store.Update(ctx, func(tx store.Tx) error {
		if err := p.sweep(tx, now); err != nil {
			return err
		}
		if code, err = p.registry.Text(tx, "device code", "^[A-Za-z0-9_-]{43}$"); err != nil {
			return err
		}
		const tries = 10
		for range tries {
			if g.UserCode, err = p.registry.Text(tx, "user code", format); err != nil {
				return err
			}
			var taken string
			err := recall(tx, p.typedKey(g.UserCode), &taken)
			if errors.Is(err, errNoRecord) {
				key := p.key(deviceDrawer, code)
				return errors.Join(p.keepDevice(tx, key, g), p.keep(tx, p.typedKey(g.UserCode), key, g.ExpiresAt))
			}
			if err != nil {
				return err
			}
		}
		return fmt.Errorf("no user code is free after %d tries", tries)
	})
	return code, err
}

func (p *Provider) keepDevice(tx store.Tx, key string, g *deviceGrant) error {
	return p.keep(tx, key, g, g.ExpiresAt.Add(remembered))
}

// typedKey finds a user code however it was typed: case, blanks and hyphens do not count (RFC 8628, 6.1).
func (p *Provider) typedKey(userCode string) string {
	return p.key(typedDrawer, strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			return r
		}
		return -1
	}, userCode))
}

// throttle copies Authentik's bound of 20 device authorizations an hour from one address.
func (p *Provider) throttle(r *http.Request) error {
	if !p.settings.is(flavourAuthentik) {
		return nil
	}
	const most, window = 20, time.Hour
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	now := p.clock.Now()
	var times []time.Time
	err = p.store.Update(r.Context(), func(tx store.Tx) error {
		key := p.key(throttleDrawer, address)
		times = nil
		if err := recall(tx, key, &times); err != nil && !errors.Is(err, errNoRecord) {
			return err
		}
		for len(times) > 0 && !now.Before(times[0].Add(window)) {
			times = times[1:]
		}
		if len(times) < most {
			return p.keep(tx, key, append(times, now), now.Add(window))
		}
		return nil
	})
	if err == nil && len(times) >= most {
		err = &oauthError{Status: http.StatusTooManyRequests, Code: codeSlowDown, Description: "at most 20 device authorizations an hour"}
	}
	return err
}

// deviceByUserCode gives the grant that waits for a user's decision. It fails with *oauthError when there is none.
func (p *Provider) deviceByUserCode(ctx context.Context, userCode string) (*deviceGrant, error) {
	var g deviceGrant
	now := p.clock.Now()
	err := p.store.View(ctx, func(tx store.Tx) (err error) {
		_, g, err = p.waitingDevice(tx, userCode, now)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &g, nil
}

func (p *Provider) waitingDevice(tx store.Tx, userCode string, now time.Time) (key string, g deviceGrant, err error) {
	err = recall(tx, p.typedKey(userCode), &key)
	if err == nil {
		err = recall(tx, key, &g)
	}
	if errors.Is(err, errNoRecord) || err == nil && (g.State != devicePending || !now.Before(g.ExpiresAt)) {
		err = errUserCode
	}
	return key, g, err
}

// decideDevice writes down what a user decided on a device. It fails with *oauthError when there is nothing to decide.
func (p *Provider) decideDevice(ctx context.Context, userCode, user string, allow bool) error {
	now := p.clock.Now()
	return p.store.Update(ctx, func(tx store.Tx) error {
		key, g, err := p.waitingDevice(tx, userCode, now)
		if err != nil {
			return err
		}
		g.State = deviceDenied
		if allow {
			g.State, g.User, g.AuthTime = deviceApproved, user, now
		}
		return p.keepDevice(tx, key, &g)
	})
}
