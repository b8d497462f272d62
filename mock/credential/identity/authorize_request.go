package identity

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The codes of errors that only the authorization endpoint has (RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6).
const (
	codeUnsupportedResponse = "unsupported_response_type"
	codeInteraction         = "interaction_required"
	codeLogin               = "login_required"
	codeConsent             = "consent_required"
	codeNoRequest           = "request_not_supported"
	codeNoRequestURI        = "request_uri_not_supported"
	codeBadRequestURI       = "invalid_request_uri"
	codeNoRegistration      = "registration_not_supported"
)

// maxParameter bounds one parameter of an authorization request, in bytes.
const maxParameter = 8 << 10

// An authorizeRequest is an authorization request that is in order (RFC 6749, 4.1.1; OpenID Connect Core 1.0, 3.1.2.1).
type authorizeRequest struct {
	to *addressee

	Code, Token, ID   bool // what is asked for: response_type
	Scopes            []string
	Nonce             string
	Challenge, Method string
	Prompt            []string
	MaxAge            time.Duration // negative: any age of the login will do
	Hint              string        // login_hint
	Subject           string        // sub of id_token_hint; empty: none was sent
	Bound, Resource   string
}

// asks says whether a word stands in prompt.
func (q *authorizeRequest) asks(prompt string) bool { return slices.Contains(q.Prompt, prompt) }

// singleParameters are those that must not come twice (RFC 6749, 3.1). Unknown ones are not looked at.
var singleParameters = []string{
	"response_type", "response_mode", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "max_age",
	"login_hint", "id_token_hint", "display", "ui_locales", "acr_values", "claims", "request", "request_uri", "registration", "dpop_jkt",
}

// readAuthorize holds a request against the rules. What it refuses goes back by redirect.
func (p *Provider) readAuthorize(v url.Values, to *addressee) (*authorizeRequest, *oauthError) {
	q := &authorizeRequest{to: to, MaxAge: -1, Nonce: v.Get("nonce"), Hint: v.Get("login_hint")}
	for _, step := range []func(*authorizeRequest, url.Values) *oauthError{
		p.readSingles, p.readType, readMode, p.readScope, p.readChallenge, p.readPrompt, p.readHints, readClaims, readTargets,
	} {
		if err := step(q, v); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (p *Provider) readSingles(_ *authorizeRequest, v url.Values) *oauthError {
	for _, name := range singleParameters {
		if len(v[name]) > 1 {
			return newError(codeInvalidRequest, name+" must not come twice")
		}
		if len(v.Get(name)) > maxParameter {
			return newError(codeInvalidRequest, name+" is longer than 8 KiB")
		}
	}
	switch {
	case v.Get("request") != "":
		return newError(codeNoRequest, "send the parameters themselves, or push them first (RFC 9126)")
	case v.Get("request_uri") != "":
		return newError(codeNoRequestURI, "only request URIs of the pushed authorization request endpoint are known")
	case v.Get("registration") != "":
		return newError(codeNoRegistration, "make the client before it asks")
	}
	return nil
}

func (p *Provider) readType(q *authorizeRequest, v url.Values) *oauthError {
	asked := strings.Fields(v.Get("response_type"))
	if len(asked) == 0 {
		return newError(codeInvalidRequest, "response_type is missing")
	}
	slices.Sort(asked)
	if !slices.ContainsFunc(p.settings.responseTypes, func(known string) bool {
		list := strings.Fields(known)
		slices.Sort(list)
		return slices.Equal(list, asked)
	}) {
		return newError(codeUnsupportedResponse, "the provider answers with "+strings.Join(p.settings.responseTypes, ", ")+" only")
	}
	q.Code, q.Token, q.ID = slices.Contains(asked, "code"), slices.Contains(asked, "token"), slices.Contains(asked, "id_token")
	if q.Code && mayUse(q.to.Client, grantCode) != nil || (q.Token || q.ID) && mayUse(q.to.Client, grantImplicit) != nil {
		return newError(codeUnauthorizedClient, "the client may not use this response_type")
	}
	return nil
}

func readMode(q *authorizeRequest, v url.Values) *oauthError {
	if mode := v.Get("response_mode"); mode != "" && mode != q.to.Mode {
		return newError(codeInvalidRequest, "response_mode must be query, fragment or form_post; tokens do not go into a query, and forms only to http and https")
	}
	if q.to.Mode == "form_post" && (!utf8.ValidString(q.to.State) || strings.ContainsFunc(q.to.State, unicode.IsControl)) {
		q.to.State = "" // browsers would change it on its way
		return newError(codeInvalidRequest, "a form cannot carry a state with control characters, or one that is not UTF-8")
	}
	return nil
}

func (p *Provider) readScope(q *authorizeRequest, v url.Values) *oauthError {
	scope := v.Get("scope")
	for _, word := range strings.Split(scope, " ") { // one blank between two (RFC 6749, 3.3); more are no harm
		if word != "" && !scopeToken(word) && !p.settings.is(flavourAuthentik) {
			return newError(codeInvalidScope, "scope must be words of printable ASCII with blanks between them")
		}
	}
	flow := "authorizationCode"
	if !q.Code {
		flow = "implicit"
	}
	granted, err := p.grantable(q.to.Client, flow, words(scope))
	if err != nil {
		return p.refusal(err)
	}
	q.Scopes = granted
	if q.ID && !slices.Contains(granted, scopeOpenID) {
		return newError(codeInvalidRequest, "response_type id_token needs the scope openid")
	}
	if q.ID && q.Nonce == "" { // OpenID Connect Core 1.0, 3.2.2.1 and 3.3.2.11
		return newError(codeInvalidRequest, "response_type id_token needs a nonce")
	}
	return nil
}

// readChallenge reads what proves at the token endpoint that the client is the same (RFC 7636, 4.3 and 4.4.1).
func (p *Provider) readChallenge(q *authorizeRequest, v url.Values) *oauthError {
	q.Challenge, q.Method = v.Get("code_challenge"), v.Get("code_challenge_method")
	if q.Challenge == "" {
		if q.Method != "" {
			return newError(codeInvalidRequest, "code_challenge_method came without code_challenge")
		}
		if q.Code && p.settings.requirePKCE {
			return newError(codeInvalidRequest, "code challenge required")
		}
		return nil
	}
	if q.Method == "" {
		q.Method = "plain" // RFC 7636, 4.3
	}
	switch {
	case q.Method == "plain" && p.settings.allowPlain:
		if len(q.Challenge) < 43 || len(q.Challenge) > 128 || strings.ContainsFunc(q.Challenge, reserved) {
			return newError(codeInvalidRequest, "code_challenge must have 43 to 128 characters of A-Z a-z 0-9 - . _ ~")
		}
	case q.Method == "S256":
		if !thumbprint(q.Challenge) {
			return newError(codeInvalidRequest, "code_challenge must be a SHA-256 hash in base64url without padding: 43 characters")
		}
	case p.settings.allowPlain:
		return newError(codeInvalidRequest, "transform algorithm not supported: code_challenge_method must be S256 or plain")
	default:
		return newError(codeInvalidRequest, "transform algorithm not supported: code_challenge_method must be S256; without it, it is plain")
	}
	return nil
}

// reserved says whether a character may not stand in a code verifier (RFC 7636, 4.1).
func reserved(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
}

// thumbprint says whether a text is a SHA-256 hash in base64url.
func thumbprint(text string) bool {
	hash, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(hash) == 32 && len(text) == 43 // the decoder lets line breaks pass
}

func (p *Provider) readPrompt(q *authorizeRequest, v url.Values) *oauthError {
	q.Prompt = strings.Fields(v.Get("prompt"))
	for _, word := range q.Prompt {
		if !slices.Contains([]string{"none", "login", "consent", "select_account"}, word) {
			return newError(codeInvalidRequest, "prompt must be none, login, consent or select_account")
		}
	}
	if q.asks("none") && len(q.Prompt) > 1 {
		return newError(codeInvalidRequest, "prompt=none goes with no other word")
	}
	if text := v.Get("max_age"); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return newError(codeInvalidRequest, "max_age must be a number of seconds")
		}
		q.MaxAge = time.Duration(seconds) * time.Second
	}
	return nil
}

// readHints reads whom the client expects. An ID token that has expired is a hint still (OpenID Connect Core 1.0, 3.1.2.1).
func (p *Provider) readHints(q *authorizeRequest, v url.Values) *oauthError {
	hint := v.Get("id_token_hint")
	if hint == "" {
		return nil
	}
	claims, err := p.registry.VerifySigned(hint)
	if err != nil {
		return newError(codeInvalidRequest, "id_token_hint is not a token of this provider")
	}
	q.Subject, _ = claims["sub"].(string)
	return nil
}

// readClaims looks at the claims parameter (OpenID Connect Core 1.0, 5.5), which must be well-formed and changes nothing: an
// ID token has all claims of its scopes.
func readClaims(_ *authorizeRequest, v url.Values) *oauthError {
	text := v.Get("claims")
	if text == "" {
		return nil
	}
	var claims map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &claims); err != nil || claims == nil {
		return newError(codeInvalidRequest, "claims must be a JSON object")
	}
	return nil
}

// readTargets reads what the tokens are bound to: a key (RFC 9449, 10) and a resource (RFC 8707, 2).
func readTargets(q *authorizeRequest, v url.Values) *oauthError {
	if q.Bound = v.Get("dpop_jkt"); q.Bound != "" && !thumbprint(q.Bound) {
		return newError(codeInvalidRequest, "dpop_jkt must be the SHA-256 thumbprint of a key in base64url")
	}
	switch list := v["resource"]; {
	case len(list) > 1:
		return newError(codeInvalidTarget, "one resource at a time is supported")
	case len(list) == 1 && list[0] != "":
		u, err := url.Parse(list[0])
		if err != nil || !u.IsAbs() || strings.Contains(list[0], "#") || len(list[0]) > maxRedirect {
			return newError(codeInvalidTarget, "resource must be an absolute URI without a fragment")
		}
		q.Resource = list[0]
	}
	return nil
}
