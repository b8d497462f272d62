package identity_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// The clients here were written by others, against real providers.

// follow sends a browser to an address and gives what the client's callback is told.
func (w *world) follow(address string) url.Values {
	w.Helper()
	a := w.send("GET", address, nil)
	to, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusFound {
		w.Fatalf("got %d %s", a.status, a.raw)
	}
	return to.Query()
}

func TestJudgedByOAuth2AndOIDC(t *testing.T) {
	for _, test := range []struct {
		name, source, issuer string
		scopes               []string
	}{
		{"rfc", vendor, "", []string{"openid", "profile", "email", "pets.read"}},
		{"authentik", "ecosire", "/application/o/ecosire/", []string{"openid", "profile", "email", "offline_access"}},
		{"google", social, "", []string{"openid", "profile", "email"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, test.source)
			ctx := oidc.ClientContext(t.Context(), w.server.Client())
			found, err := oidc.NewProvider(ctx, w.server.URL+test.issuer)
			if err != nil {
				t.Fatal(err)
			}
			config := &oauth2.Config{ClientID: "web", ClientSecret: w.secret, Endpoint: found.Endpoint(), RedirectURL: callback, Scopes: test.scopes}
			pkce := oauth2.GenerateVerifier()
			told := w.follow(config.AuthCodeURL("xyz", oauth2.S256ChallengeOption(pkce), oidc.Nonce("n-0S6")))
			if told.Get("state") != "xyz" || told.Get("iss") != w.server.URL+test.issuer {
				t.Errorf("the callback is told %v", told)
			}
			token, err := config.Exchange(ctx, told.Get("code"), oauth2.VerifierOption(pkce))
			if err != nil {
				t.Fatal(err)
			}
			check := found.Verifier(&oidc.Config{ClientID: "web", Now: w.clock.Now})
			text, _ := token.Extra("id_token").(string)
			id := w.verified(ctx, check, text, token.AccessToken)
			if id.Nonce != "n-0S6" {
				t.Errorf("nonce is %q", id.Nonce)
			}
			info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
			if err != nil || info.Subject != id.Subject || info.Email == "" {
				t.Errorf("userinfo says %+v, %v", info, err)
			}

			// Keys are rotated: what the old ones signed is still believed, and the new ones are found.
			if err := w.registry.RotateSigningKeys(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.verified(ctx, check, text, token.AccessToken)
			if token.RefreshToken == "" {
				t.Fatal("no refresh token came")
			}
			token.Expiry = time.Now().Add(-time.Hour) // the library looks at its own clock
			renewed, err := config.TokenSource(ctx, token).Token()
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := renewed.Extra("id_token").(string); again == text || w.verified(ctx, check, again, renewed.AccessToken).Subject != id.Subject {
				t.Errorf("the new ID token is %s", again)
			}
			fresh, err := oidc.NewProvider(ctx, w.server.URL+test.issuer)
			if err != nil {
				t.Fatal(err)
			}
			w.verified(ctx, fresh.Verifier(&oidc.Config{ClientID: "web", Now: w.clock.Now}), text, token.AccessToken)
			w.advance(time.Hour + time.Nanosecond) // the library believes it at its last instant too
			if _, err := check.Verify(ctx, text); err == nil {
				t.Error("an ID token is believed after its end")
			}
		})
	}
}

func (w *world) verified(ctx context.Context, check *oidc.IDTokenVerifier, text, access string) *oidc.IDToken {
	w.Helper()
	id, err := check.Verify(ctx, text)
	if err == nil {
		err = id.VerifyAccessToken(access)
	}
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func TestJudgedByClientCredentials(t *testing.T) {
	w := open(t, vendor)
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, w.server.Client())
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams, oauth2.AuthStyleAutoDetect} {
		config := clientcredentials.Config{
			ClientID: "web", ClientSecret: w.secret, TokenURL: w.server.URL + w.provider.Paths().Token, Scopes: []string{"pets.read"}, AuthStyle: style,
		}
		response, err := config.Client(ctx).Get(w.server.URL + "/v1/pets")
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != 200 {
			t.Errorf("the operation answers %s", response.Status)
		}
		config.ClientSecret = "wrong"
		if _, err := config.Token(ctx); err == nil {
			t.Error("a wrong secret gets a token")
		}
	}
}

// inside hands requests to the provider without a network, so that a library's waiting can be skipped.
type inside func(*http.Request) (*http.Response, error)

func (f inside) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestJudgedByDeviceFlow(t *testing.T) {
	w := attended(t, vendor)
	synctest.Test(t, func(t *testing.T) {
		var device *oauth2.DeviceAuthResponse
		polls := 0
		paths := w.provider.Paths()
		client := &http.Client{Transport: inside(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == paths.Token {
				w.advance(time.Duration(device.Interval) * time.Second)
				if polls++; polls == 3 {
					if err := w.provider.DecideDevice(r.Context(), device.UserCode, "usr_1", true); err != nil {
						t.Error(err)
					}
				}
			}
			got := httptest.NewRecorder()
			w.provider.ServeHTTP(got, r)
			return got.Result(), nil
		})}
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, client)
		config := &oauth2.Config{ClientID: "app", Scopes: []string{"openid", "pets.read"}, Endpoint: oauth2.Endpoint{
			DeviceAuthURL: "http://id.example" + paths.DeviceAuthorization, TokenURL: "http://id.example" + paths.Token, AuthStyle: oauth2.AuthStyleInParams,
		}}
		var err error
		if device, err = config.DeviceAuth(ctx); err != nil {
			t.Fatal(err)
		}
		if device.Interval != 5 || device.UserCode == "" || device.VerificationURIComplete == "" {
			t.Errorf("got %+v", device)
		}
		token, err := config.DeviceAccessToken(ctx, device)
		if err != nil || polls != 3 || token.AccessToken == "" {
			t.Errorf("after %d polls: %v, %v", polls, token, err)
		}
	})
}
