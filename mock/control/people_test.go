package control_test

import (
	"strings"
	"testing"
)

func TestUsersByHand(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	made := e.POST(one + "/users").WithJSON(map[string]any{"name": "Omar", "email": "omar@second.example", "account": "acc_second", "role": "viewer"}).
		Expect().Status(201).JSON().Object()
	id, password := made.Value("id").String().Raw(), made.Value("password").String().NotEmpty().Raw()
	if _, err := b.server.Credentials().CheckPassword(t.Context(), "omar@second.example", password); err != nil {
		t.Errorf("the password that was made up is not the user's: %v", err)
	}
	if _, body := b.get(one + "/users/" + id); strings.Contains(body, password) {
		t.Error("the password is shown again")
	}
	e.GET(one+"/users").WithQuery("account", "acc_second").Expect().JSON().Path("$.users[*].id").Array().IsEqual([]any{id})
	e.GET(one+"/users").WithQuery("account", "nobody").Expect().JSON().Object().Value("users").Array().IsEmpty()

	e.PUT(one+"/users/"+id).WithJSON(map[string]any{"id": id, "name": "Omar", "email": "omar@second.example", "role": "owner"}).
		Expect().Status(200).JSON().Object().HasValue("role", "owner").HasValue("account", "acc_second").NotContainsKey("password")
	if _, err := b.server.Credentials().CheckPassword(t.Context(), "omar@second.example", password); err != nil {
		t.Errorf("a change of the role has changed the password: %v", err)
	}
	e.PUT(one+"/users/usr_mine").WithJSON(map[string]any{"name": "Mine", "email": "mine@second.example", "password": "stage-door"}).
		Expect().Status(201).JSON().Object().HasValue("id", "usr_mine").HasValue("account", "acc_first").NotContainsKey("password")
}

func TestPasswordByHandEndsSessions(t *testing.T) {
	b := openBox(t)
	session, err := b.server.Credentials().Open(t.Context(), "usr_ida", false)
	if err != nil {
		t.Fatal(err)
	}
	b.expect().POST(one+"/users/usr_ida/password").WithJSON(map[string]any{"password": "velvet-lamp"}).Expect().Status(200).JSON().Object().
		HasValue("id", "usr_ida").NotContainsKey("password")
	if _, err := b.server.Credentials().CheckPassword(t.Context(), "ida@first.example", "velvet-lamp"); err != nil {
		t.Errorf("the new password is refused: %v", err)
	}
	b.decode(session.Refresh.Text).HasValue("believed", false)
}

func TestAccountsByHand(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	e.GET(one + "/accounts").Expect().JSON().Path("$.accounts[*].id").Array().IsEqual([]any{"acc_first", "acc_second"})
	made := e.POST(one + "/accounts").WithJSON(map[string]any{"name": "Third Wall", "plan": "free"}).Expect().Status(201).JSON().Object()
	id := made.Value("id").String().NotEmpty().Raw()
	e.PUT(one+"/accounts/"+id).WithJSON(map[string]any{"name": "Third Wall", "plan": "team"}).Expect().Status(200).JSON().Object().HasValue("plan", "team")
	e.PUT(one + "/accounts/" + id).WithJSON(map[string]any{"name": "Third Wall"}).Expect().Status(200).JSON().Object().NotContainsKey("plan")
	e.GET(one + "/accounts/" + id).Expect().Status(200).JSON().Object().IsEqual(map[string]any{"id": id, "name": "Third Wall"})
}

func TestClientsByHand(t *testing.T) {
	b := openBox(t)
	e := b.expect()
	made := e.POST(one + "/clients").WithJSON(map[string]any{"name": "Web", "redirects": []string{"https://shop.example/callback"}, "account": "acc_second"}).
		Expect().Status(201).JSON().Object()
	id, secret := made.Value("id").String().NotEmpty().Raw(), made.Value("secret").String().NotEmpty().Raw()
	if _, good := b.server.Credentials().CheckClientSecret(t.Context(), id, secret); !good {
		t.Error("the secret that was shown is not the client's")
	}
	if _, body := b.get(one + "/clients"); !strings.Contains(body, id) || strings.Contains(body, secret) {
		t.Errorf("the list lacks the client or shows its secret: %s", body)
	}
	e.POST(one+"/clients").WithJSON(map[string]any{"id": "cli", "name": "Command line", "public": true, "loopback": true}).
		Expect().Status(201).JSON().Object().HasValue("id", "cli").NotContainsKey("secret")
	e.POST(one + "/clients").WithJSON(map[string]any{"id": "cli", "name": "Twice"}).Expect().Status(409)
	if status, body := b.send("POST", one+"/clients", `{"name":"K","keys":"not a key set"}`); status != 422 || strings.Contains(body, "not a key set") {
		t.Errorf("keys that are none are answered %d %s", status, body)
	}
	e.DELETE(one + "/clients/" + id).Expect().Status(204).NoContent()
	if _, good := b.server.Credentials().CheckClientSecret(t.Context(), id, secret); good {
		t.Error("a deleted client is let in")
	}
}
