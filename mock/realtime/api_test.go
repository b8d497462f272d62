package realtime_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"understudy/mock/realtime"
)

func TestRequestSigningKnownAnswer(t *testing.T) {
	v := vectors(t)["pusher-http-api"]
	_, params, _ := strings.Cut(v["string_to_sign"], v["path"]+"\n")
	query, err := url.ParseQuery(params)
	if err != nil || query.Get("auth_key") == "" {
		t.Fatalf("the vector's parameters are %q, %v", params, err)
	}
	app := realtime.App{ID: "3", Key: query.Get("auth_key"), Secret: v["app_secret"]}
	if got := app.SignRequest(v["method"], v["path"], query, []byte(v["body"])); got != v["expected_auth_signature"] {
		t.Errorf("the signature is %s, want %s", got, v["expected_auth_signature"])
	}
	query.Set("auth_signature", "anything")
	query.Set("body_md5", "0000")
	if got := app.SignRequest(v["method"], v["path"], query, []byte(v["body"])); got != v["expected_auth_signature"] {
		t.Errorf("the request's own word about its body is believed: %s", got)
	}
	if got := app.SignRequest(v["method"], v["path"], query, []byte(v["body"]+" ")); got == v["expected_auth_signature"] {
		t.Error("another body has the same signature")
	}
}

// ask sends a signed request to the HTTP API. path is behind the application's id: "/events".
func (e *endpoint) ask(method, path, body string, change func(url.Values)) realtime.Answer {
	e.t.Helper()
	path, params, _ := strings.Cut(path, "?")
	query, err := url.ParseQuery(params)
	if err != nil {
		e.t.Fatal(err)
	}
	app := e.hub.App()
	full := "/apps/" + app.ID + path
	query.Set("auth_key", app.Key)
	query.Set("auth_timestamp", "1353088179")
	query.Set("auth_version", "1.0")
	query.Set("auth_signature", app.SignRequest(method, full, query, []byte(body)))
	if change != nil {
		change(query)
	}
	place, ok := e.hub.Find(full)
	if !ok {
		e.t.Fatalf("%s is no place of the HTTP API", full)
	}
	return e.hub.API(place, realtime.Request{Method: method, Paths: []string{"/elsewhere", full}, Query: query, Body: []byte(body)})
}

func TestEventsOverHTTP(t *testing.T) {
	e := open(t, realtime.Options{})
	a, b := e.connect(), e.connect()
	a.join("news", "")
	b.join("presence-room", `{"user_id":"7"}`)
	answer := e.ask("POST", "/events", `{"name":"post","channels":["news","presence-room"],"data":"{\"id\":1}"}`, nil)
	if answer.Status != 200 || string(answer.Body) != "{}" {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
	for _, c := range []*client{a, b} {
		if got := c.next("post").text(t); got != `{"id":1}` {
			t.Errorf("data %s", got)
		}
	}
	answer = e.ask("POST", "/events", `{"name":"post","channel":"news","data":"x","socket_id":"`+a.id+`","info":"subscription_count"}`, nil)
	if answer.Status != 200 || string(answer.Body) != `{"channels":{"news":{"subscription_count":1}}}` {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
	a.quiet()
	answer = e.ask("POST", "/batch_events", `{"batch":[{"name":"one","channel":"news","data":"1"},{"name":"two","channel":"news","data":"2"}]}`, nil)
	if answer.Status != 200 || string(answer.Body) != "{}" {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
	a.next("one")
	a.next("two")
	answer = e.ask("POST", "/batch_events", `{"batch":[{"name":"one","channel":"news","data":"1","info":"user_count,subscription_count"},{"name":"two","channel":"","data":"2"}]}`, nil)
	if answer.Status != 422 {
		t.Errorf("%d %s", answer.Status, answer.Body)
	}
	a.quiet() // none of a batch that is not good

	for path, want := range map[string]string{
		"/channels": `{"channels":{"news":{},"presence-room":{}}}`,
		"/channels?filter_by_prefix=presence-&info=user_count": `{"channels":{"presence-room":{"user_count":1}}}`,
		"/channels/news?info=subscription_count,user_count":    `{"occupied":true,"subscription_count":1}`,
		"/channels/nobody":              `{"occupied":false}`,
		"/channels/presence-room/users": `{"users":[{"id":"7"}]}`,
		"/channels/presence%2Droom":     `{"occupied":true}`,
	} {
		if answer := e.ask("GET", path, "", nil); answer.Status != 200 || string(answer.Body) != want {
			t.Errorf("%s: %d %s, want %s", path, answer.Status, answer.Body, want)
		}
	}
}

func TestHTTPAPIRefuses(t *testing.T) {
	e := open(t, realtime.Options{})
	const good = `{"name":"x","channel":"news","data":"{}"}`
	long := strings.Repeat("x", words.MaxMessage+1)
	for _, c := range []struct {
		name, method, path, body string
		change                   func(url.Values)
		status                   int
		text                     string
	}{
		{"another signature", "POST", "/events", good, func(q url.Values) { q.Set("auth_signature", strings.Repeat("0", 64)) }, 401, "Authentication signature invalid."},
		{"no signature", "POST", "/events", good, func(q url.Values) { q.Del("auth_signature") }, 401, "Authentication signature invalid."},
		{"another key", "POST", "/events", good, func(q url.Values) { q.Set("auth_key", "other") }, 401, "Authentication signature invalid."},
		{"another time than was signed", "POST", "/events", good, func(q url.Values) { q.Set("auth_timestamp", "1") }, 401, "Authentication signature invalid."},
		{"a parameter more than was signed", "GET", "/channels", "", func(q url.Values) { q.Set("info", "user_count") }, 401, "Authentication signature invalid."},
		{"another method", "GET", "/events", "", nil, 405, "Method not allowed."},
		{"an unknown path", "GET", "/nothing", "", nil, 404, "Not found."},
		{"not JSON", "POST", "/events", "{", nil, 400, "JSON"},
		{"no name", "POST", "/events", `{"channel":"news","data":"{}"}`, nil, 422, `"name"`},
		{"no channel", "POST", "/events", `{"name":"x","data":"{}"}`, nil, 422, `"channels"`},
		{"no data", "POST", "/events", `{"name":"x","channel":"news"}`, nil, 422, `"data"`},
		{"data that is an object", "POST", "/events", `{"name":"x","channel":"news","data":{}}`, nil, 422, "must be a string"},
		{"data that is null", "POST", "/events", `{"name":"x","channel":"news","data":null}`, nil, 422, "must be a string"},
		{"a bad channel", "POST", "/events", `{"name":"x","channel":"a b","data":"{}"}`, nil, 422, `"channels"`},
		{"too many channels", "POST", "/events", `{"name":"x","channels":["a"` + strings.Repeat(`,"a"`, 100) + `],"data":"{}"}`, nil, 422, `"channels"`},
		{"too long", "POST", "/events", `{"name":"x","channel":"news","data":"` + long + `"}`, nil, 413, "Payload too large."},
		{"a batch that is none", "POST", "/batch_events", `[]`, nil, 400, "JSON"},
		{"an empty batch", "POST", "/batch_events", `{"batch":[]}`, nil, 422, `"batch"`},
		{"a long batch", "POST", "/batch_events", `{"batch":[` + strings.Repeat(good+",", 10) + good + `]}`, nil, 422, `"batch"`},
		{"users of a channel without presence", "GET", "/channels/news/users", "", nil, 400, "{}"},
	} {
		answer := e.ask(c.method, c.path, c.body, c.change)
		if answer.Status != c.status || !strings.Contains(string(answer.Body), c.text) {
			t.Errorf("%s: %d %s, want %d %s", c.name, answer.Status, answer.Body, c.status, c.text)
		}
	}
	place, _ := e.hub.Find("/apps/7/events")
	if answer := e.hub.API(place, realtime.Request{Method: http.MethodPost}); answer.Status != 404 || !strings.Contains(string(answer.Body), "[7]") {
		t.Errorf("an unknown application: %d %s", answer.Status, answer.Body)
	}
}
