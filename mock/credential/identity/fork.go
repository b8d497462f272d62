package identity

import "understudy/mock/credential"

// Fork gives the same provider over another registry of the contract. A nil provider has none.
func (p *Provider) Fork(r *credential.Registry) *Provider {
	if p == nil {
		return nil
	}
	f := *p
	f.registry, f.clock, f.store = r, r.Clock(), r.Store()
	f.options.Registry = r
	return &f
}
