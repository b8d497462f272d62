package contracts

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
	"understudy/contracts/signature"
)

var (
	environmentPattern = lazily(`^[A-Za-z_][A-Za-z0-9_]*$`)
	envelopeWords      = []string{"documented", stripeEnvelope}
	headerWords        = []string{"event", "id", "delivery", "attempt", "timestamp", "apiVersion"}
	// What belongs to HTTP itself cannot be set by a contract.
	ownHeaders = []string{"host", "content-length", "content-type", "transfer-encoding", "connection", "te", "trailer", "upgrade", "user-agent"}
)

// checkEventWords holds the entries of events against what they may say.
func (c *compiler) checkEventWords() {
	events := c.contract.Behaviour.Events
	for _, name := range slices.Sorted(maps.Keys(events)) {
		b := events[name]
		c.collect(checkEvent(name, &b))
	}
}

func checkEvent(name string, b *EventBehaviour) error {
	what := fmt.Sprintf("event %q: ", name)
	if err := oneOf(b.At, what+"signature", kindWords(), b.Signature); err != nil {
		return err
	}
	kind := signature.Kind(b.Signature)
	if _, known := signature.Infer(b.Header); b.Header != "" && kind == "" && !known {
		return behaviourError(b.At, fmt.Sprintf("%sthe header %q does not tell how it is signed", what, b.Header), "add signature: one of "+strings.Join(kindWords(), ", ")).on("header")
	}
	if b.Header != "" && !isToken(b.Header) {
		return behaviourError(b.At, fmt.Sprintf("%s%q is not the name of a header", what, b.Header), "write it as X-Signature").on("header")
	}
	if b.Prefix != "" && kind != signature.HMACHex && kind != signature.HMACBase64 {
		return behaviourError(b.At, what+"a prefix belongs to hmac-hex and hmac-base64 alone", "take the word prefix out, or sign with hmac-hex").on("prefix")
	}
	if err := checkTolerance(b, kind, what); err != nil {
		return err
	}
	if b.Secret != "" && !environmentPattern().MatchString(b.Secret) {
		return behaviourError(b.At, fmt.Sprintf("%ssecret is the name of an environment variable, which %q is not", what, brief(b.Secret)), "write it as STRIPE_WEBHOOK_SECRET").on("secret")
	}
	if err := checkPlaces(b, what); err != nil {
		return err
	}
	return checkChannel(b, what)
}

func checkPlaces(b *EventBehaviour, what string) error {
	for _, place := range [][2]string{{"from", b.From}, {"id", b.ID}, {"type", b.Type}, {"at", b.Created}} {
		word, pointer := place[0], place[1]
		if pointer == "" || pointer == Nowhere || pointer == "#" && word == "from" {
			continue
		}
		if pointer[0] != '/' || checkPointer(pointer) != nil {
			return behaviourError(b.At, fmt.Sprintf("%s%s cannot be %q", what, word, brief(pointer)), "write a JSON Pointer such as /data/object, or none").on(word)
		}
	}
	return nil
}

// checkTolerance wants a duration, of a kind that signs a timestamp.
func checkTolerance(b *EventBehaviour, kind signature.Kind, what string) error {
	if b.Tolerance == "" {
		return nil
	}
	if slices.Contains([]signature.Kind{signature.GitHub, signature.Shopify, signature.Twilio, signature.HMACHex, signature.HMACBase64, signature.None}, kind) {
		return behaviourError(b.At, fmt.Sprintf("%s%s signs no timestamp that a tolerance could be for", what, kind), "take the word tolerance out").on("tolerance")
	}
	if d, err := time.ParseDuration(b.Tolerance); b.Tolerance != Nowhere && (err != nil || d < time.Second) {
		return behaviourError(b.At, fmt.Sprintf("%stolerance cannot be %q", what, brief(b.Tolerance)), "write a duration of a second or more such as 5m, or none").on("tolerance")
	}
	return nil
}

func checkChannel(b *EventBehaviour, what string) error {
	_, err := fillPlaceholders(b.Channel, func(word string) (string, bool) {
		pointer, ok := strings.CutPrefix(word, "payload.")
		return "", word == "event" || ok && strings.HasPrefix(pointer, "/") && checkPointer(pointer) == nil
	})
	if err != nil {
		return behaviourError(b.At, fmt.Sprintf("%schannel %q: %v", what, brief(b.Channel), err), "use {event} or {payload./data/id}").on("channel")
	}
	return nil
}

func kindWords() []string {
	var words []string
	for _, k := range signature.Kinds() {
		words = append(words, string(k))
	}
	return words
}

func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !isTokenRune(r) })
}

// checkWebhooks holds the root word webhooks against what it may say.
func (c *compiler) checkWebhooks() error {
	w := c.contract.Behaviour.Webhooks
	if w == nil {
		return nil
	}
	wrong := func(word, advice, format string, args ...any) error {
		return behaviourError(w.At, "webhooks: "+fmt.Sprintf(format, args...), advice).on(word)
	}
	if _, ok := w.waits(); !ok {
		return wrong("schedule", fmt.Sprintf("name one of standard-webhooks, stripe, fixed, none, or list up to %d durations of at most %v: [0s, 5s, 5m]", maxTries, maxWait),
			"schedule cannot be %s", brief(valueText(w.Schedule)))
	}
	if d, err := time.ParseDuration(w.Timeout); w.Timeout != "" && (err != nil || d <= 0 || d > time.Hour) {
		return wrong("timeout", "write a duration of at most 1h such as 15s", "timeout cannot be %q", brief(w.Timeout))
	}
	if _, ok := share(w.Jitter); !ok {
		return wrong("jitter", "write a share such as 10%", "jitter cannot be %q", brief(w.Jitter))
	}
	if w.Concurrency < 0 || w.Concurrency > 1000 {
		return wrong("concurrency", "write a number from 1 to 1000", "concurrency cannot be %d", w.Concurrency)
	}
	if err := oneOf(w.At, "webhooks: envelope", envelopeWords, w.Envelope); err != nil {
		return err
	}
	if w.Envelope == stripeEnvelope && w.APIVersion == "" {
		return wrong("envelope", "add apiVersion: the version of the library that reads the events", "the envelope stripe tells an API version, and none is given")
	}
	if strings.ContainsFunc(w.UserAgent, isControl) {
		return wrong("userAgent", "write it on one line", "userAgent has control characters")
	}
	if err := checkDeliveryHeaders(w.At, "webhooks: ", w.Headers); err != nil {
		return err
	}
	return c.checkEndpoints(w)
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }

func checkDeliveryHeaders(at schema.Location, what string, headers map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if !isToken(name) || slices.Contains(ownHeaders, strings.ToLower(name)) {
			return behaviourError(at, fmt.Sprintf("%sthe header %q cannot be set", what, brief(name)), "name one that belongs to the vendor, such as X-Event-Id").on("headers", name)
		}
		_, err := fillPlaceholders(headers[name], func(word string) (string, bool) { return "", slices.Contains(headerWords, word) })
		if err != nil || strings.ContainsFunc(headers[name], isControl) {
			return behaviourError(at, fmt.Sprintf("%sthe header %s cannot be %q", what, name, brief(headers[name])),
				"use text on one line with {"+strings.Join(headerWords, "}, {")+"}").on("headers", name)
		}
	}
	return nil
}

func (c *compiler) checkEndpoints(w *WebhookBehaviour) error {
	for i, p := range w.Endpoints {
		what := fmt.Sprintf("webhooks: endpoints[%d]: ", i)
		u, err := url.Parse(p.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
			return behaviourError(p.At, what+"the URL cannot be called", "write an absolute one without a password: http://127.0.0.1:8080/hook").on("url")
		}
		if p.Secret != "" && !environmentPattern().MatchString(p.Secret) {
			return behaviourError(p.At, what+"secret is not the name of an environment variable", "write it as MY_WEBHOOK_SECRET").on("secret")
		}
		for j, name := range p.Events {
			if err := c.checkEvents(p.At, what, "events", []string{name}); err != nil && !strings.Contains(name, "*") {
				return err.on("events", strconv.Itoa(j))
			}
		}
		if err := checkDeliveryHeaders(p.At, what, p.Headers); err != nil {
			return err
		}
	}
	if w.Item == nil {
		return nil
	}
	for _, place := range [][2]string{{"url", w.Item.URL}, {"events", w.Item.Events}, {"secret", w.Item.Secret}, {"enabled", w.Item.Enabled}} {
		pointer := place[1]
		if strings.HasPrefix(pointer, "/") && checkPointer(pointer) != nil {
			return behaviourError(w.At, fmt.Sprintf("webhooks: item: %q is not a JSON Pointer", brief(pointer)), "write a member's name, or a pointer such as /config/url").on("item", place[0])
		}
	}
	return nil
}
