package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/contracts/signature"
)

// derive makes bytes that nobody can guess who does not know the secret, the same for the same words.
func derive(secret [32]byte, contract, purpose, word string, n uint64) []byte {
	mac := hmac.New(sha256.New, secret[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, n))
	mac.Write([]byte("webhook\x00" + contract + "\x00" + purpose + "\x00" + word))
	return mac.Sum(nil)
}

const letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// random makes letters and digits of an id that nobody can guess who does not know the secret.
func (w *Webhooks) random(prefix string, n uint64, length int) string {
	b := binary.BigEndian.AppendUint64(append(make([]byte, 0, 128), w.issuing[:]...), n)
	sum := sha256.Sum256(append(append(append(b, prefix...), 0), w.contract.Name...))
	for i := range length {
		sum[i] = letters[int(sum[i])%len(letters)]
	}
	return string(sum[:length])
}

// id makes an id of the number n.
func (w *Webhooks) id(prefix string, n uint64) string { return prefix + w.random(prefix, n, 24) }

// SecretText gives the stand-in's own secret of an environment name, which signs for endpoints that brought none. It is of the
// form that the schemes of its events ask for.
func (w *Webhooks) SecretText(name string) string {
	if text, known := w.texts.Load(name); known {
		return text.(string)
	}
	text := w.made(name, "", 0)
	if _, known := w.kinds[name]; known { // so that their number is bounded
		w.texts.Store(name, text)
	}
	return text
}

// made makes up a secret for an endpoint; without one it is the stand-in's own.
func (w *Webhooks) made(name, endpoint string, n uint64) string {
	return signature.NewSecret(w.kindOf(name), derive(w.secret, w.contract.Name, "secret", name+"\x00"+endpoint, n))
}

// SecretNames lists the environment names of the secrets that the contract's events are signed with.
func (w *Webhooks) SecretNames() []string { return slices.Sorted(maps.Keys(w.kinds)) }

// kindsOf gives the kind of signatures that each of a contract's secrets is for, by environment name.
func kindsOf(c *contracts.Contract) map[string]signature.Kind {
	kinds := map[string]signature.Kind{}
	for _, s := range c.EventSecrets() {
		kinds[s.Name] = s.Kind
	}
	return kinds
}

// kindOf is the kind of signatures that a secret is for.
func (w *Webhooks) kindOf(name string) signature.Kind {
	if kind, known := w.kinds[name]; known {
		return kind
	}
	return signature.StandardWebhooks // whose form all kinds take
}

// secretsAt gives the texts that sign for an endpoint at an instant, the newest first. A nil endpoint is a callback's.
func (w *Webhooks) secretsAt(e *endpoint, name string, now time.Time) []Secret {
	if e == nil {
		return []Secret{{Text: w.SecretText(name)}}
	}
	if e.SecretName != "" {
		name = e.SecretName
	}
	var list []Secret
	for _, s := range e.Secrets[name] {
		if s.ExpiresAt.IsZero() || now.Before(s.ExpiresAt) {
			list = append(list, s)
		}
	}
	switch {
	case len(list) > 0:
		return list
	case e.OwnSecrets:
		return []Secret{{Text: w.made(name, e.ID, 0)}}
	}
	return []Secret{{Text: w.SecretText(name)}}
}

// namesAt lists the environment names of the secrets that an endpoint has.
func (w *Webhooks) namesAt(e *endpoint) []string {
	if e.SecretName != "" {
		return []string{e.SecretName}
	}
	names := w.SecretNames()
	for name := range e.Secrets {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Secrets gives the texts that sign deliveries to an endpoint now, by environment name, the newest first.
func (w *Webhooks) Secrets(_ context.Context, id string) (map[string][]Secret, error) {
	e := w.endpointOf(id)
	if e == nil {
		return nil, fmt.Errorf("endpoint %.60q: %w", id, ErrNotFound)
	}
	return w.shownSecrets(e), nil
}

func (w *Webhooks) shownSecrets(e *endpoint) map[string][]Secret {
	now := w.clock.Now()
	list := map[string][]Secret{}
	for _, name := range w.namesAt(e) {
		list[name] = w.secretsAt(e, name, now)
	}
	return list
}

// mostSecrets is how many texts of one name sign at the same time: a receiver looks at every signature.
const mostSecrets = 10

// RotateSecret replaces the secret of an environment name at an endpoint; both sign for RotationGrace. An empty name is the
// only one that the endpoint has; an empty text is made up. It gives the new text.
func (w *Webhooks) RotateSecret(ctx context.Context, id, name, text string) (string, error) {
	_, err := w.changeEndpoint(ctx, id, func(e *endpoint) error {
		names := w.namesAt(e)
		if name == "" && len(names) == 1 {
			name = names[0]
		}
		if !slices.Contains(names, name) {
			return &RequestError{Field: "name", Reason: fmt.Sprintf("must be one of %q", names)}
		}
		now := w.clock.Now()
		old := w.secretsAt(e, name, now)
		if text == "" {
			e.Rotations++
			text = w.made(name, e.ID, e.Rotations)
		}
		if err := signature.CheckSecret(w.kindOf(name), text); err != nil {
			return &RequestError{Field: "text", Reason: err.Error()}
		}
		kept := []Secret{{Text: text}}
		for _, s := range old[:min(len(old), mostSecrets-1)] {
			if end := now.Add(RotationGrace); s.ExpiresAt.IsZero() || s.ExpiresAt.After(end) {
				s.ExpiresAt = end
			}
			kept = append(kept, s)
		}
		secrets := map[string][]Secret{name: kept}
		for other, list := range e.Secrets {
			if other != name {
				secrets[other] = list
			}
		}
		e.Secrets = secrets
		return nil
	})
	return text, err
}
