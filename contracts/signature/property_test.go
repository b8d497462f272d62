package signature_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"understudy/contracts/signature"
)

func kinds() *rapid.Generator[signature.Kind] {
	return rapid.SampledFrom(signature.Kinds()[1:])
}

// TestWhatIsSignedIsBelieved draws messages, secrets and instants: each secret of a rotation believes what it signed, no
// other one does, and a changed body is refused.
func TestWhatIsSignedIsBelieved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := signature.Scheme{Kind: kinds().Draw(t, "kind"), Prefix: rapid.SampledFrom([]string{"", "sha256=", "v1,"}).Draw(t, "prefix")}
		var secrets []string
		for range rapid.IntRange(1, 3).Draw(t, "secrets") {
			secrets = append(secrets, signature.NewSecret(s.Kind, rapid.SliceOfN(rapid.Byte(), 8, 80).Draw(t, "random")))
		}
		m := signature.Message{
			ID: rapid.StringMatching(`[a-z]{2,4}_[A-Za-z0-9.]{1,24}`).Draw(t, "id"), At: at(rapid.Int64Range(0, 1<<36).Draw(t, "at")),
			URL: "https://example.com/hook?a=1", Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		h, err := s.Sign(m, secrets...)
		if err != nil {
			t.Fatal(err)
		}
		received := signature.Message{Body: m.Body, URL: s.Address(m)}
		now := m.At.Add(time.Duration(rapid.IntRange(-300, 300).Draw(t, "age")) * time.Second)
		for i, secret := range secrets {
			several := s.Kind == signature.Stripe || s.Kind == signature.StandardWebhooks
			if err := s.Verify(h, received, now, secret); (err == nil) != (several || i == 0 || secret == secrets[0]) {
				t.Fatalf("secret %d: %v", i, err)
			}
		}
		received.Body = append([]byte{'x'}, m.Body...)
		if s.Verify(h, received, now, secrets...) == nil {
			t.Fatal("a changed body is believed")
		}
	})
}

// TestSpoiledIsRefused draws JSON bodies, compact or not, for all ways and kinds.
func TestSpoiledIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := signature.Scheme{Kind: kinds().Draw(t, "kind")}
		members := rapid.MapOf(rapid.String(), rapid.OneOf(rapid.String().AsAny(), rapid.Int().AsAny(), rapid.Bool().AsAny())).Draw(t, "members")
		body, err := json.Marshal(members)
		if rapid.Bool().Draw(t, "indented") {
			body, err = json.MarshalIndent(members, "", "  ")
		}
		if err != nil {
			t.Fatal(err)
		}
		m := signature.Message{ID: "msg_1", At: at(1_700_000_000), URL: "https://example.com/hook", Body: body}
		way := rapid.SampledFrom(signature.Spoilings()).Draw(t, "way")
		h, sent, err := s.Spoil(way, m, secretOf(s.Kind))
		if err == signature.ErrInapplicable {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if changed := string(sent) != string(body); changed != (way == signature.ChangedByte || way == signature.Reserialised) {
			t.Fatalf("%s changes the body: %v", way, changed)
		}
		if way == signature.Reserialised && !json.Valid(sent) {
			t.Fatalf("the body is no JSON any more: %s", sent)
		}
		received := signature.Message{Body: sent, URL: s.Address(m)}
		if err := s.Verify(h, received, m.At, secretOf(s.Kind)); s.Accepts(way) != (err == nil) {
			t.Fatalf("%s: %v", way, err)
		}
	})
}

func TestNewSecret(t *testing.T) {
	forms := map[signature.Kind]string{
		signature.None: `^$`, signature.Stripe: `^whsec_[0-9a-f]{48,}$`, signature.StandardWebhooks: `^whsec_[A-Za-z0-9+/=]{32,}$`,
		signature.GitHub: `^[0-9a-f]{48,}$`, signature.HMACHex: `^[0-9a-f]{48,}$`,
	}
	for k, form := range forms {
		for _, n := range []int{0, 1, 23, 24, 32, 64, 65, 1000} {
			random := []byte(strings.Repeat("r", n))
			secret := signature.NewSecret(k, random)
			if !regexp.MustCompile(form).MatchString(secret) {
				t.Errorf("%s of %d bytes: %s", k, n, secret)
			}
			if err := signature.CheckSecret(k, secret); err != nil {
				t.Errorf("%s of %d bytes: %v", k, n, err)
			}
		}
	}
}

func TestCheckSecret(t *testing.T) {
	short := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23))
	for _, c := range []struct {
		kind  signature.Kind
		text  string
		wrong string // what the advice says; empty: nothing is wrong
	}{
		{signature.None, "", ""},
		{signature.Stripe, "whsec_test_secret", ""},
		{signature.Stripe, "", "empty"},
		{signature.Stripe, "whsec_test_secret\n", "line end"},
		{signature.Stripe, "sk_live_4eC39HqLyjWDarjtT1", "whsec_"},
		{signature.GitHub, "It's a Secret to Everybody", ""},
		{signature.StandardWebhooks, standardSecret, ""},
		{signature.StandardWebhooks, strings.TrimPrefix(standardSecret, "whsec_"), ""},
		{signature.StandardWebhooks, privateSecret, ""},
		{signature.StandardWebhooks, publicSecret, ""},
		{signature.StandardWebhooks, short, "23 bytes"},
		{signature.StandardWebhooks, "whsec_", "not base64"},
		{signature.StandardWebhooks, "whsec_not!base64", "not base64"},
		{signature.StandardWebhooks, "whsk_AAAA", "64 bytes"},
		{signature.StandardWebhooks, strings.Replace(privateSecret, "MFs6Kvg", "MFs6Kvw", 1), "belong together"},
		{signature.StandardWebhooks, "whpk_AAAA", "32 bytes"},
	} {
		err := signature.CheckSecret(c.kind, c.text)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s %q: %v", c.kind, c.text, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s %q: %v, want a word of %q", c.kind, c.text, err, c.wrong)
		case err != nil && len(c.text) > 10 && strings.Contains(err.Error(), c.text[8:]):
			t.Errorf("the secret is in the advice: %v", err)
		}
	}
}

// FuzzVerify feeds the readers of headers. Nothing that was not signed may be believed, and nothing may panic.
func FuzzVerify(f *testing.F) {
	for _, text := range []string{
		"t=1614265330,v1=3c5817089d739023dd6190f70a3757e04f7a2fd8b5dab12c2e000f51970dccff", "t=1,t=2,v1=,v0=,=,", "v1,AAAA v1a,AAAA v2,", "sha256=00", "v0=00", "", " ", ",,,===",
	} {
		f.Add(text, "1614265330", "msg_1", []byte(`{}`))
	}
	all := []signature.Scheme{}
	for _, k := range signature.Kinds()[1:] {
		all = append(all, signature.Scheme{Kind: k}, signature.Scheme{Kind: k, Prefix: "sha256=", Tolerance: -1})
	}
	f.Fuzz(func(t *testing.T, text, timestamp, id string, body []byte) {
		for _, s := range all {
			h := http.Header{}
			for _, name := range s.HeaderNames() {
				switch {
				case strings.HasSuffix(strings.ToLower(name), "timestamp"):
					h[name] = []string{timestamp}
				case strings.HasSuffix(name, "-id"):
					h[name] = []string{id}
				default:
					h[name] = []string{text}
				}
			}
			m := signature.Message{Body: body, URL: "https://example.com/?" + id, ContentType: timestamp}
			secrets := []string{signature.NewSecret(s.Kind, []byte("of this target alone"))}
			if s.Kind == signature.StandardWebhooks {
				secrets = append(secrets, publicSecret)
			}
			if s.Verify(h, m, at(1614265330), secrets...) == nil {
				t.Fatalf("%s believes %q", s.Kind, text)
			}
		}
	})
}
