package mock

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"understudy/contracts/signature"
	"understudy/mock/store"
	"understudy/mock/webhook"
)

// An InboundSecret is what deliveries of others are judged by.
type InboundSecret struct {
	Env   string // "STRIPE_WEBHOOK_SECRET"
	Kind  signature.Kind
	Texts []string // any of which will do, the newest first
	Own   bool     // the stand-in made it up: nobody has brought another
}

// mostInbound is how many secrets of one name hold at the same time.
const mostInbound = 10

// InboundSecrets lists the secrets by which deliveries of others are judged.
func (s *Server) InboundSecrets() []InboundSecret {
	list := []InboundSecret{}
	for _, kind := range s.InboundKinds() {
		texts := s.broughtSecrets(InboundEnv(kind))
		one := InboundSecret{Env: InboundEnv(kind), Kind: kind, Texts: texts}
		if len(texts) == 0 {
			one.Own, one.Texts = true, []string{s.ownInbound(kind)}
		}
		list = append(list, one)
	}
	return list
}

// SetInboundSecrets replaces the secrets of an environment name: with those of the real sender, say. None brings back the
// stand-in's own. The error is a *webhook.RequestError, webhook.ErrNotFound or the store's; none of them shows a secret.
func (s *Server) SetInboundSecrets(ctx context.Context, env string, texts ...string) error {
	kinds := s.InboundKinds()
	i := slices.IndexFunc(kinds, func(k signature.Kind) bool { return InboundEnv(k) == env })
	switch {
	case i < 0:
		return fmt.Errorf("the secret %.60q of webhooks that the contract takes: %w", env, webhook.ErrNotFound)
	case len(texts) > mostInbound:
		return &webhook.RequestError{Field: "secrets", Reason: fmt.Sprintf("must be at most %d", mostInbound)}
	}
	for n, text := range texts {
		if err := signature.CheckSecret(kinds[i], text); err != nil {
			return &webhook.RequestError{Field: fmt.Sprintf("secrets/%d", n), Reason: "cannot be used: " + err.Error()}
		}
	}
	key := s.inboundPrefix() + inboundSecret + env
	return s.options.Store.Update(ctx, func(tx store.Tx) error {
		if len(texts) == 0 {
			return tx.Delete(key)
		}
		value, err := json.Marshal(texts)
		if err != nil {
			return err
		}
		return tx.Put(key, value)
	})
}

// inboundSecrets are the texts by which deliveries of a kind are judged.
func (s *Server) inboundSecrets(kind signature.Kind) []string {
	if texts := s.broughtSecrets(InboundEnv(kind)); len(texts) > 0 {
		return texts
	}
	return []string{s.ownInbound(kind)}
}

// broughtSecrets are those that somebody has brought along.
func (s *Server) broughtSecrets(env string) (texts []string) {
	err := s.options.Store.View(context.Background(), func(tx store.Tx) error {
		value, err := tx.Get(s.inboundPrefix() + inboundSecret + env)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return json.Unmarshal(value, &texts)
	})
	if err != nil {
		s.logger.Error("the secrets of webhooks cannot be read", "contract", s.contract.Name, "name", env, "error", err)
	}
	return texts
}

// ownInbound is the secret that the stand-in makes up: where the contract's own events are signed with one of that name, the
// same, so that one environment line holds for both ways.
func (s *Server) ownInbound(kind signature.Kind) string {
	env := InboundEnv(kind)
	if slices.Contains(s.webhooks.SecretNames(), env) {
		return s.webhooks.SecretText(env)
	}
	mac := hmac.New(sha256.New, s.options.Secret[:])
	mac.Write([]byte("inbound\x00" + s.contract.Name + "\x00" + env))
	return signature.NewSecret(kind, mac.Sum(nil))
}
