package contracts_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"understudy/contracts"
)

// TestIdempotencyWordsRefused: a value that a word cannot take is an error with its line and the word that was meant.
func TestIdempotencyWordsRefused(t *testing.T) {
	for words, want := range map[string]string{
		"variant: strip":      `did you mean stripe?`,
		"concurrent: waiting": `idempotency: concurrent cannot be "waiting"`,
		"errors: replya":      `did you mean replay?`,
		"keep: 1 day":         `idempotency: keep cannot be "1 day"`,
		"keepp: 1h":           `did you mean keep?`,
		"required: perhaps":   `is not true or false`,
	} {
		_, err := loadText(t, fmt.Sprintf(credentialHead, "x-understudy: {idempotency: {"+words+"}}"))
		var document *contracts.DocumentError
		if !errors.As(err, &document) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "openapi.yaml:3") {
			t.Errorf("%s: got %v, want %s", words, err, want)
		}
	}
}

// TestIdempotencyKey: which operations take a key, in which header, and whether they must have one.
func TestIdempotencyKey(t *testing.T) {
	const paths = `
paths:
  /a:
    get: {operationId: read, parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}], responses: {}}
    put: {operationId: put, responses: {}}
    post: {operationId: declared, parameters: [{name: idempotency-key, in: header, required: true, schema: {type: string}}], responses: {}}
    patch: {operationId: patch, responses: {}}
    delete: {operationId: delete, parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}], responses: {}}
  /b:
    post: {operationId: plain, responses: {}}
    put: {operationId: named, x-understudy: {idempotency: X-Token}, responses: {}}
    patch: {operationId: none, x-understudy: {idempotency: none}, responses: {}}
  /c:
    post: {operationId: login, x-understudy: {session: login}, responses: {}}`
	for root, want := range map[string]string{
		"":                                  "declared Idempotency-Key!, delete Idempotency-Key, named X-Token",
		"{}":                                "declared Idempotency-Key!, patch Idempotency-Key, delete Idempotency-Key, plain Idempotency-Key, named X-Token",
		"{variant: stripe, required: true}": "declared Idempotency-Key!, delete Idempotency-Key, plain Idempotency-Key!, named X-Token!",
		"{header: X-Key}":                   "declared X-Key, patch X-Key, plain X-Key, named X-Token",
	} {
		words := "x-understudy: {}"
		if root != "" {
			words = "x-understudy: {idempotency: " + root + "}"
		}
		c, err := loadText(t, fmt.Sprintf(credentialHead, words+paths))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, o := range c.Operations {
			if header, required := c.IdempotencyKey(o); header != "" {
				got = append(got, o.ID+" "+header+map[bool]string{true: "!"}[required])
			}
		}
		if text := strings.Join(got, ", "); !sameWords(text, want) {
			t.Errorf("%s: got %s\nwant %s", root, text, want)
		}
	}
}

// sameWords compares two lists without their order.
func sameWords(x, y string) bool {
	count := map[string]int{}
	for _, w := range strings.Split(x, ", ") {
		count[w]++
	}
	for _, w := range strings.Split(y, ", ") {
		count[w]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestConditions(t *testing.T) {
	text := func(s string) *string { return &s }
	for _, c := range []struct {
		condition contracts.Condition
		holds     []string
		fails     []string
	}{
		{contracts.Condition{Equals: text("a")}, []string{"a"}, []string{"", "ab", "absent"}},
		{contracts.Condition{Equals: text("*")}, []string{"", "x"}, []string{"absent"}},
		{contracts.Condition{Equals: text("")}, []string{"absent"}, []string{"", "x"}},
		{contracts.Condition{Prefix: "40", Suffix: "2"}, []string{"402", "4002"}, []string{"40", "02", "absent"}},
		{contracts.Condition{Enum: []string{"a", "b"}}, []string{"a", "b"}, []string{"c", "", "absent"}},
		{contracts.Condition{Minimum: "10", ExclusiveMaximum: "0.2e2"}, []string{"10", "1e1", "19.999999999999999999"}, []string{"9.99", "20", "x", "", "absent", "1e999999999", "Inf"}},
		{contracts.Condition{ExclusiveMinimum: "-0.5", Maximum: "0"}, []string{"-0.4999", "0", "-0"}, []string{"-0.5", "0.0001"}},
	} {
		for _, value := range append(c.holds, c.fails...) {
			want := len(c.holds) > 0 && strings.Contains("\x00"+strings.Join(c.holds, "\x00")+"\x00", "\x00"+value+"\x00")
			given := value
			if value == "absent" {
				given = ""
			}
			if got := c.condition.Holds(given, value != "absent"); got != want {
				t.Errorf("%+v of %q: %v", c.condition, value, got)
			}
		}
	}
}
