package signature

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// The lengths of a secret of Standard Webhooks, in bytes before base64.
const (
	minSecret = 24
	maxSecret = 64
)

// NewSecret makes a secret of the given random bytes, of which there should be 24 to 64; of fewer or more a hash stands
// for them, so that the form is right in any case. Standard Webhooks: whsec_ and base64. Stripe: whsec_ and hex. Others:
// hex. None has no secret: "".
func NewSecret(k Kind, random []byte) string {
	if len(random) < minSecret || len(random) > maxSecret {
		sum := sha256.Sum256(random)
		random = sum[:]
	}
	switch {
	case !k.NeedsSecret():
		return ""
	case k == StandardWebhooks:
		return symmetricPrefix + base64.StdEncoding.EncodeToString(random)
	case k == Stripe:
		return symmetricPrefix + hex.EncodeToString(random)
	}
	return hex.EncodeToString(random)
}

// CheckSecret says what is wrong with a secret for deliveries of this kind, and what a right one looks like; nil where it
// can be used. The text of the error never holds the secret or a part of it. Only what must be a mistake is refused: a
// short text is weak, yet vendors take it.
func CheckSecret(k Kind, text string) error {
	switch {
	case !k.NeedsSecret():
		return nil
	case text == "":
		return fmt.Errorf("the secret is empty; deliveries of kind %s are signed", k)
	case strings.TrimSpace(text) != text:
		return errors.New("the secret has white space at an end, perhaps the line end of a file; every byte of it counts")
	}
	for _, prefix := range []string{"sk_live_", "sk_test_", "rk_live_", "rk_test_", "pk_live_", "pk_test_"} {
		if k == Stripe && strings.HasPrefix(text, prefix) {
			return fmt.Errorf("this is an API key (%s…); the endpoint's own signing secret is wanted, which begins with %s", prefix, symmetricPrefix)
		}
	}
	if k != StandardWebhooks {
		return nil
	}
	read, err := standardKey(text)
	if err != nil {
		return err
	}
	if n := len(read.hmac); read.hmac != nil && (n < minSecret || n > maxSecret) {
		return fmt.Errorf("the secret has %d bytes behind its base64; Standard Webhooks wants %d to %d", n, minSecret, maxSecret)
	}
	return nil
}
