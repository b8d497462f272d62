package identity

import (
	"context"
	"net/http"
)

// What tests outside of the package look at.

func (p *Provider) DecideDevice(ctx context.Context, userCode, user string, allow bool) error {
	return p.decideDevice(ctx, userCode, user, allow)
}

func (p *Provider) DeviceScopes(ctx context.Context, userCode string) ([]string, error) {
	g, err := p.deviceByUserCode(ctx, userCode)
	if err != nil {
		return nil, err
	}
	return g.Scopes, nil
}

func BasicParts(r *http.Request) (id, secret string, ok bool) { return basicParts(r) }
