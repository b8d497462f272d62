package conformance

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"understudy/contracts/schema"
)

// freshKey gives a call an idempotency key that no other one of the run has, where its case has one: a case that is sent again is
// meant to be carried out again, and not to be answered as a repeat. What tries the key itself keeps it.
func (t *trial) freshKey(c *call) {
	if c.Operation == nil || c.method != "" || c.path != "" {
		return
	}
	header, _ := t.contract.IdempotencyKey(c.Operation)
	if header == "" || c.header.Get(header) != "" || c.Fault.In == "header" && strings.EqualFold(c.Fault.Name, header) {
		return
	}
	t.keys++
	sum := sha256.Sum256(fmt.Appendf(nil, "key %d %s %s %s %d", t.deployment.Run().Seed(), c.Operation.Method, c.Operation.Path, t.planned.id, t.keys))
	digits := []byte(hex.EncodeToString(sum[:16]))
	digits[12], digits[16] = '4', '8' // version and variant of RFC 9562
	id := fmt.Sprintf("%s-%s-%s-%s-%s", digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
	if c.Header.Get(header) != "" {
		c.Case = c.Clone()
		c.Header.Set(header, id)
	}
	for i, p := range c.Operation.Parameters {
		if _, there := c.Arguments.At(i); !there || p.In != "header" || !strings.EqualFold(p.Name, header) {
			continue
		}
		for _, key := range []string{id, string(digits)} {
			if p.Schema == nil || p.Schema.Valid(key, schema.Request) {
				c.Case = c.Clone()
				c.Arguments.Set("header", p.Name, key)
				return
			}
		}
	}
}
