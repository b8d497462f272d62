package control_test

import (
	"testing"
	"time"

	"github.com/gavv/httpexpect/v2"
)

// TestLifetimeOfAClass: what is issued from now on lives so long, what exists keeps its end, and a reset forgets it.
func TestLifetimeOfAClass(t *testing.T) {
	b := openBox(t)
	class := func() map[string]any {
		t.Helper()
		for _, one := range b.expect().GET(one + "/credential-classes").Expect().Status(200).JSON().Object().Value("classes").Array().Iter() {
			if o := one.Object(); o.Value("name").String().Raw() == "access-token" {
				return o.Raw()
			}
		}
		t.Fatal("there is no class access-token")
		return nil
	}
	if c := class(); c["lifetime"] != "1h" || c["changed"] != false || c["kind"] != "jwt" {
		t.Errorf("at the start: %v", c)
	}
	before := b.token(map[string]any{"user": "usr_ida"})
	b.expect().PATCH(one+"/credential-classes/access-token").WithJSON(map[string]any{"lifetime": "5s"}).Expect().Status(200).JSON().Object().
		HasValue("lifetime", "5s").HasValue("changed", true)
	after := b.token(map[string]any{"user": "usr_ida"})
	if d := after.ExpiresAt.Sub(noon); d != 5*time.Second {
		t.Errorf("the token lives %s", d)
	}
	b.decode(after.Text).Value("claims").Object().HasValue("exp", noon.Add(5*time.Second).Unix())
	if own := b.token(map[string]any{"user": "usr_ida", "lifetime": "15m"}); own.ExpiresAt.Sub(noon) != 15*time.Minute {
		t.Error("a token with a lifetime of its own does not have it")
	}
	b.clock.Advance(5 * time.Second)
	if got := b.use("GET", after.Text); got != 401 {
		t.Errorf("behind its end the token is answered %d", got)
	}
	if got := b.use("GET", before.Text); got != 200 {
		t.Errorf("the token of before is answered %d", got)
	}

	b.expect().PATCH(one+"/credential-classes/access-token").WithJSON(map[string]any{"lifetime": nil}).Expect().Status(200).JSON().Object().
		HasValue("lifetime", "1h").HasValue("changed", false)
	b.expect().PATCH(one + "/credential-classes/access-token").WithJSON(map[string]any{"lifetime": "2d"}).Expect().Status(200)
	if c := class(); c["lifetime"] != "48h" {
		t.Errorf("two days: %v", c)
	}
	b.expect().POST(one + "/state/reset").Expect().Status(200)
	if c := class(); c["lifetime"] != "1h" || c["changed"] != false {
		t.Errorf("behind a reset: %v", c)
	}
}

func TestLifetimesThatCannotBe(t *testing.T) {
	b := openBox(t)
	for _, c := range []struct {
		class, body string
		status      int
	}{
		{"nothing", `{"lifetime":"5s"}`, 404},
		{"access-token", `{"lifetime":"soon"}`, 422},
		{"access-token", `{"lifetime":"0s"}`, 422},
		{"access-token", `{"lifetime":"-5s"}`, 422},
		{"access-token", `{"lifetime":"600w"}`, 422},
		{"access-token", `{}`, 400},
		{"access-token", `{"lifetime":5}`, 400},
		{"access-token", `{"live":"5s"}`, 400},
	} {
		if status, text := b.send("PATCH", one+"/credential-classes/"+c.class, c.body); status != c.status {
			t.Errorf("%s %s: %d %s, want %d", c.class, c.body, status, text, c.status)
		}
	}
}

// TestLifetimeInASandbox: a sandbox begins with the lifetimes of its server, and goes its own way.
func TestLifetimeInASandbox(t *testing.T) {
	b := openBox(t)
	in := func(sandbox string, r *httpexpect.Request) *httpexpect.Request {
		if sandbox != "" {
			r = r.WithHeader("Understudy-Sandbox", sandbox)
		}
		return r
	}
	change := func(sandbox, lifetime string) {
		t.Helper()
		in(sandbox, b.expect().PATCH(one+"/credential-classes/access-token")).WithJSON(map[string]any{"lifetime": lifetime}).Expect().Status(200)
	}
	lives := func(sandbox string) string {
		t.Helper()
		text := in(sandbox, b.expect().POST(one+"/tokens")).WithJSON(map[string]any{"class": "access-token", "user": "usr_ida"}).Expect().Status(201).JSON().Object().Value("expires_at").String().Raw()
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return at.Sub(noon).String()
	}
	change("", "5s")
	b.expect().POST(one + "/sandboxes").WithJSON(map[string]any{"name": "a"}).Expect().Status(201)
	change("a", "7s")
	if inside, outside := lives("a"), lives(""); inside != "7s" || outside != "5s" {
		t.Errorf("tokens live %s in the sandbox and %s outside", inside, outside)
	}
	change("", "9s")
	if inside := lives("a"); inside != "7s" {
		t.Errorf("tokens live %s in the sandbox", inside)
	}
}
