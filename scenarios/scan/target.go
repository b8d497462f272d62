package scan

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/signature"
)

// A class is what kind of secret a text is.
type class int

// The classes. Each has its rule, but for credentials, of which the place decides.
const (
	credential class = iota
	webhook
	payment
	token // a signed token that is a credential of the contract
	coin  // issued in this run
)

// A target is one kind of secret of one contract, and how it is told.
type target struct {
	contract int // index into the contracts; -1: of none in particular
	class    class
	name     string // "api-key", as the contract calls it
	form     *form  // nil: it is told by its name or text only
	live     bool   // the contract has other keys for tests
	text     string // of a coin
	how      string // the spelling of a coin
}

// A word is a name that the contract has for something, such as a variable of the environment.
type word struct {
	contract int
	text     string
	use      use
	name     string // of the credential that stands behind it
	class    class
	whole    *regexp.Regexp // that its value matches; nil: any text that looks random
}

// A use says what a word names.
type use int

// The uses.
const (
	variable   use = iota // an environment variable that holds a secret
	header                // a header that carries a credential
	address               // an environment variable that holds the base URL
	host                  // a host of the contract
	title                 // the contract itself
	identifier            // what credentials are called in code, by convention
)

// hookFormat is the format of webhook secrets of Stripe and of Standard Webhooks.
const hookFormat = `whsec_[A-Za-z0-9+/=]{16,128}`

// paymentForms are the forms of payment credentials: one each, since they share no beginning.
var paymentForms = []string{`sk_live_[A-Za-z0-9]{10,128}`, `rk_live_[A-Za-z0-9]{10,128}`, `sk_test_[A-Za-z0-9]{10,128}`, `rk_test_[A-Za-z0-9]{10,128}`}

var tokenForm = lazily(`\AeyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{16,}`)

// targetsOf gives what is looked for on behalf of a contract.
func targetsOf(index int, c *contracts.Contract) (targets []target, words []word) {
	words = wordsOf(index, c)
	byFormat := map[string]int{}
	for i := range c.Behaviour.Credentials {
		one := &c.Behaviour.Credentials[i]
		if at, known := byFormat[one.Format]; known {
			targets[at].name += " or " + one.Name
			continue
		}
		if f := newForm(one.Format); f != nil {
			byFormat[one.Format] = len(targets)
			targets = append(targets, target{contract: index, class: credential, name: one.Name, form: f, live: isLive(c, one)})
		}
		if one.Kind == "jwt" {
			targets = append(targets, target{contract: index, class: token, name: one.Name})
		}
	}
	for _, s := range c.EventSecrets() {
		if s.Kind == signature.Stripe || s.Kind == signature.StandardWebhooks {
			targets = append(targets, target{contract: index, class: webhook, name: "webhook secret", form: newForm(hookFormat)})
			break
		}
	}
	if takesPayments(c) {
		for _, format := range paymentForms {
			targets = append(targets, target{contract: index, class: payment, name: "payment key", form: newForm(format)})
		}
	}
	return targets, words
}

// isLive says that a credential is for production, where the contract has others that are not.
func isLive(c *contracts.Contract, one *contracts.CredentialBehaviour) bool {
	live := func(o *contracts.CredentialBehaviour) bool {
		return environments[strings.ToLower(o.Environment)] == "production" || strings.Contains(o.Format, "_live_")
	}
	return live(one) && slices.ContainsFunc(c.Behaviour.Credentials, func(o contracts.CredentialBehaviour) bool {
		return o.Kind == one.Kind && o.Environment != "" && !live(&o) && o.Format != one.Format
	})
}

// takesPayments says that the contract is about payments through Stripe.
func takesPayments(c *contracts.Contract) bool {
	for _, e := range c.Events() {
		if e.Scheme.Kind == signature.Stripe {
			return true
		}
	}
	return slices.ContainsFunc(c.Behaviour.EnvNames, func(e contracts.Env) bool { return strings.HasPrefix(e.Name, "STRIPE_") })
}

// wordsOf gives the names that a contract has for its secrets, its addresses and itself.
func wordsOf(index int, c *contracts.Contract) (words []word) {
	wholes := map[string]*regexp.Regexp{}
	add := func(text string, use use, name string, class class, whole *regexp.Regexp) {
		known := slices.ContainsFunc(words, func(w word) bool { return w.text == text && w.use == use })
		if len(text) >= 4 && !known {
			words = append(words, word{contract: index, text: text, use: use, name: name, class: class, whole: whole})
		}
	}
	for i := range c.Behaviour.Credentials {
		one := &c.Behaviour.Credentials[i]
		wholes[one.Name] = wholeOf(one.Format)
		if one.Env != "" {
			add(one.Env, variable, one.Name, credential, wholes[one.Name])
		}
	}
	for _, s := range c.EventSecrets() {
		add(s.Name, variable, "webhook secret", webhook, nil)
	}
	for _, e := range c.Behaviour.EnvNames {
		switch {
		case e.From == "baseUrl":
			add(e.Name, address, "", credential, nil)
		case strings.HasPrefix(e.From, "realtime.") && e.From != "realtime.secret":
		case strings.Contains(strings.ToUpper(e.Name), "WEBHOOK"):
			add(e.Name, variable, "webhook secret", webhook, nil)
		default:
			add(e.Name, variable, e.From, credential, wholes[e.From])
		}
	}
	for _, s := range c.Security {
		if s.Type == "apiKey" && s.In == "header" && !strings.EqualFold(s.Name, "Authorization") {
			add(s.Name, header, s.Key, credential, nil)
			add(strings.ToLower(s.Name), header, s.Key, credential, nil)
		}
	}
	for _, h := range hostsOf(c) {
		add(h, host, "", credential, nil)
	}
	if len(c.Name) >= 6 && c.Name != "openapi" && c.Name != "swagger" {
		add(c.Name, title, "", credential, nil)
	}
	return words
}

// hostsOf gives the hosts of a contract that are not this machine.
func hostsOf(c *contracts.Contract) (list []string) {
	addresses := []string{c.Behaviour.BaseURL}
	for _, s := range c.Servers {
		addresses = append(addresses, s.URL)
	}
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err == nil && u.Host != "" && !private(u.Hostname()) && !strings.ContainsAny(u.Host, "{}") && !slices.Contains(list, strings.ToLower(u.Hostname())) {
			list = append(list, strings.ToLower(u.Hostname()))
		}
	}
	return list
}

// private says that a host is not reached over a network that others share: this machine, a private address, a name without a dot, or one
// that is reserved for such uses (RFC 6761, RFC 8375).
func private(host string) bool {
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		address = address.Unmap()
		return address.IsLoopback() || address.IsPrivate() || address.IsUnspecified() || address.IsLinkLocalUnicast()
	}
	low := strings.ToLower(strings.TrimSuffix(host, "."))
	return !strings.Contains(low, ".") || slices.ContainsFunc([]string{".localhost", ".local", ".internal", ".test", ".invalid", ".home.arpa", ".lan"},
		func(end string) bool { return strings.HasSuffix(low, end) })
}

// identifiers are what credentials are called in code. They count in log statements of files that name the contract.
var identifiers = []string{
	"apiKey", "api_key", "apikey", "APIKey", "accessToken", "access_token", "AccessToken", "refreshToken", "refresh_token", "RefreshToken", "webhookSecret", "webhook_secret",
	"WebhookSecret", "clientSecret", "client_secret", "ClientSecret", "authorization", "Authorization",
}
