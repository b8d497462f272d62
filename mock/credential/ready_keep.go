package credential

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"understudy/mock/store"
)

// keyReady is where the announced credentials stand, so that another start on the same store, or another process, announces the
// same ones. They are sealed with a key that follows from the registry's secret, which is not in the store: a store's records,
// as a snapshot exports them, tell no credential.
const keyReady = "r"

func (r *Registry) sealing() (cipher.AEAD, []byte, error) {
	mac := hmac.New(sha256.New, r.secret[:])
	mac.Write([]byte("ready credentials " + r.contract.Name))
	key := mac.Sum(nil)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	seal, err := cipher.NewGCM(block)
	return seal, key, err
}

// keepReady writes the announced credentials.
func (r *Registry) keepReady(tx store.Tx) error {
	text, err := json.Marshal(r.ready)
	if err != nil {
		return fmt.Errorf("keep the ready credentials: %w", err)
	}
	seal, key, err := r.sealing()
	if err != nil {
		return fmt.Errorf("keep the ready credentials: %w", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	nonce := mac.Sum(nil)[:seal.NonceSize()] // one of its own for each text
	return tx.Put(r.prefix+keyReady, seal.Seal(nonce, nonce, text, nil))
}

// keptReady gives the announced credentials that the store holds; nil where it holds none, or one of them is good no more.
func (r *Registry) keptReady(tx store.Tx) []Ready {
	data, err := tx.Get(r.prefix + keyReady)
	if err != nil {
		return nil
	}
	seal, _, err := r.sealing()
	if err != nil || len(data) < seal.NonceSize() {
		return nil
	}
	text, err := seal.Open(nil, data[:seal.NonceSize()], data[seal.NonceSize():], nil)
	if err != nil {
		return nil
	}
	var list []Ready
	if json.Unmarshal(text, &list) != nil {
		return nil
	}
	for _, ready := range list {
		class := r.byName[ready.Class]
		switch {
		case ready.Class == "":
			continue
		case class == nil:
			return nil
		case class.Is(Password):
			continue
		}
		c, err := r.byText(tx, ready.Value)
		if err != nil || c.State == Revoked || c.State == Used || c.State == Expired {
			return nil
		}
		if end := r.endOf(&c.Credential); !end.IsZero() && !r.clock.Now().Before(end) {
			return nil
		}
	}
	return list
}
