package jose

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Set is keys as a provider publishes them (RFC 7517, 5). Hand Keys to Verify.
type Set struct {
	Keys []*Key
}

// MarshalJSON gives the public parts of the keys, each with use "sig", alg and kid. Secrets of HS256 are left out: they have
// nothing to publish.
func (s *Set) MarshalJSON() ([]byte, error) {
	keys := []map[string]any{}
	for _, k := range s.Keys {
		if jwk := k.JWK(true); jwk != nil {
			jwk["use"] = "sig"
			keys = append(keys, jwk)
		}
	}
	return json.Marshal(map[string]any{"keys": keys})
}

// ParseSet reads public keys that somebody published. Keys of kinds that are not supported and keys for encryption are
// left out, as RFC 7517, 5, asks; a key of a known kind that is broken or has a private part is an error, because its
// owner ought to hear of it. The errors are those of ParsePublicKey.
func ParseSet(data []byte) (*Set, error) {
	if len(data) > maxSet {
		return nil, fmt.Errorf("the JWK set has %d bytes, %d are allowed: %w", len(data), maxSet, ErrMalformed)
	}
	members, err := decodeObject(string(data), everyLevel)
	if err != nil {
		return nil, fmt.Errorf("the JWK set: %w", err)
	}
	list, ok := members["keys"].([]any)
	if !ok {
		return nil, fmt.Errorf("the JWK set: keys must be a list of keys: %w", ErrMalformed)
	}
	set := &Set{}
	for i, entry := range list {
		jwk, ok := entry.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the JWK set: key %d is no object: %w", i, ErrMalformed)
		}
		k, err := publicKeyOf(jwk)
		if errors.Is(err, ErrAlgorithm) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the JWK set: key %d: %w", i, err)
		}
		set.Keys = append(set.Keys, k)
	}
	return set, nil
}
