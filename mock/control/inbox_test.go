package control_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"understudy/mock"
	"understudy/mock/control"
)

// post sends a text to an address and gives status and body of the answer; status 0 where none came.
func post(t *testing.T, address, text string, header http.Header) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		r.Header[name] = values
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func TestInbox(t *testing.T) {
	h := openHarbour(t)
	e := h.expect()
	address := e.GET(one+"/inbox").Expect().Status(200).JSON().Object().HasValue("dropped", 0).HasValue("requests", []any{}).Value("url").String().Raw()
	if address != h.url+"/inbox/harbour" {
		t.Errorf("the inbox is at %s", address)
	}
	for _, path := range []string{"", "/", "/a%2Fb/c?d=e"} {
		if status, body := post(t, address+path, "ring "+path, http.Header{"X-Ring": {"twice"}}); status != 204 || body != "" {
			t.Errorf("%q is answered with %d %q", path, status, body)
		}
	}
	list := h.arrived(3)
	if list[0].Address != "/" || list[1].Address != "/" || list[2].Address != "/a/b/c" || !strings.HasSuffix(list[2].Request.URL, "/a%2Fb/c?d=e") {
		t.Errorf("they came as %q, %q, %q", list[0].Address, list[1].Address, list[2].Address)
	}
	if r := list[2]; r.Request.Method != "POST" || r.Request.Headers["X-Ring"][0] != "twice" || r.Request.Body.Text != "ring /a%2Fb/c?d=e" || r.Verdict.Good || r.Verdict.Reason != "missing" {
		t.Errorf("it came as %+v", r)
	}
	for query, want := range map[string]int{"address=/a/b/c": 1, "text=ring": 3, "text=twice": 3, "good=true": 0, "good=false": 3, "after=1": 2, "limit=2": 2} {
		e.GET(one + "/inbox").WithQueryString(query).Expect().Status(200).JSON().Object().Value("requests").Array().Length().IsEqual(want)
	}
	e.GET(one+"/inbox").WithQuery("bodies", false).Expect().Status(200).JSON().Path("$.requests[0].request.body").IsEqual(map[string]any{"size": 5})
	var w control.ArrivedRequests
	h.ask("POST", "/inbox/wait", `{"count":4,"within":"1ms"}`, 200, &w)
	if w.Arrived || len(w.Requests) != 3 {
		t.Errorf("of four %d came", len(w.Requests))
	}
	h.ask("POST", "/inbox/wait", `{"count":0}`, 422, nil)
	h.ask("POST", "/inbox/wait", `{"count":1001}`, 422, nil)
	e.DELETE(one+"/inbox").Expect().Status(200).JSON().Object().HasValue("cleared", 3)
}

func TestInboxAnswers(t *testing.T) {
	h := openHarbour(t)
	h.expect().PUT(one+"/inbox/answers").WithJSON(map[string]any{"address": "in", "answers": []any{
		map[string]any{"status": 503, "headers": map[string]string{"retry-after": "7"}, "body": "not now", "times": 2},
		map[string]any{"status": 200, "body": map[string]any{"ok": true}, "delay": "1ms", "real": true},
		map[string]any{"cut": true},
		map[string]any{"status": 410, "forever": true},
	}}).Expect().Status(200).JSON().Object().HasValue("address", "/in").HasValue("answers", 4)
	for i, want := range []string{"503 not now", "503 not now", `200 {"ok":true}`, "0 ", "410 ", "410 "} {
		status, body := post(t, h.inbox("/in"), "x", nil)
		if got := fmt.Sprintf("%d %s", status, body); got != want {
			t.Errorf("answer %d is %q, want %q", i, got, want)
		}
	}
	h.expect().DELETE(one+"/inbox").WithQuery("answers", true).Expect().Status(200)
	if status, _ := post(t, h.inbox("/in"), "x", nil); status != 204 {
		t.Errorf("after the answers were forgotten it is %d", status)
	}
	for body, want := range map[string]string{
		`{"address":"/in","answers":[{"status":99}]}`:                          "answers/0/status",
		`{"address":"/in","answers":[{"times":-1}]}`:                           "answers/0/times",
		`{"address":"/in","answers":[{"headers":{"A B":"c"}}]}`:                "answers/0/headers",
		`{"address":"/in","answers":[{"headers":{"A":"b\r\nSet-Cookie: c"}}]}`: "answers/0/headers",
		`{"address":"/in","answers":[{"delay":"soon"}]}`:                       "answers/0/delay",
	} {
		if status, answer := h.send("PUT", one+"/inbox/answers", body); status != 422 || !strings.Contains(answer, want) {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
}

// TestInboxNeedsNoToken: an inbox takes what anybody sends, but shows it to nobody without the token, and takes nothing from pages.
func TestInboxNeedsNoToken(t *testing.T) {
	c := control.New(control.Options{Token: "hush"})
	server := newShop(t, nil)
	c.Add("petstore", "http://127.0.0.1", func() *mock.Server { return server })
	api := httptest.NewServer(c)
	t.Cleanup(api.Close)
	for i, one := range []struct {
		path   string
		header http.Header
		status int
	}{
		{"/inbox/petstore/in", nil, 204},
		{"/inbox/-", nil, 204},
		{"/inbox/petstore/in", http.Header{"Origin": {"https://elsewhere.example"}}, 403},
		{"/inbox/other", nil, 404},
		{"/inbox/", nil, 401},
		{"/inbox", nil, 401},
		{"/contracts/petstore/inbox", nil, 401},
		{"/inbox/~sandbox/none/petstore", nil, 404},
		{"/inbox/~sandbox/none", nil, 401},
		{"/~sandbox/none/inbox/petstore", nil, 401},
	} {
		if status, body := post(t, api.URL+one.path, "{}", one.header); status != one.status {
			t.Errorf("request %d, %s: %d %s, want %d", i, one.path, status, body, one.status)
		}
	}
	foreign := httptest.NewRequest(http.MethodPost, "http://box.internal:4011/inbox/petstore/in", strings.NewReader("{}"))
	w := httptest.NewRecorder()
	c.ServeHTTP(w, foreign)
	if w.Code != 204 || len(w.Header()) != 0 {
		t.Errorf("by another name of the host: %d %v", w.Code, w.Header())
	}
	if n := len(server.Inbox().List(mock.InboxQuery{})); n != 3 {
		t.Errorf("%d requests are in the inbox", n)
	}
}

// TestInboxOfASandbox: each world has an inbox of its own.
func TestInboxOfASandbox(t *testing.T) {
	h := openHarbour(t)
	h.ask("POST", "/sandboxes", `{"name":"quay"}`, 201, nil)
	_, text := h.inBox("quay", "GET", one+"/inbox", "")
	address := h.url + "/inbox/~sandbox/quay/harbour"
	if !strings.Contains(text, `"url":"`+address+`"`) {
		t.Errorf("the inbox of the sandbox is %s", text)
	}
	h.inBox("quay", "POST", one+"/endpoints", `{"url":"`+address+`/in","own_secrets":true}`)
	if status, sent := h.inBox("quay", "POST", one+"/events", `{"type":"berth.freed"}`); status != 201 || !strings.Contains(sent, "dlv_") {
		t.Fatal(status, sent)
	}
	status, arrived := h.inBox("quay", "POST", one+"/inbox/wait", `{"within":"20s"}`)
	if status != 200 || !strings.Contains(arrived, `"good":true`) || !strings.Contains(arrived, `"address":"/in"`) {
		t.Errorf("%d %s", status, arrived)
	}
	h.expect().GET(one + "/inbox").Expect().Status(200).JSON().Object().Value("requests").Array().IsEmpty()
	h.expect().GET(one + "/endpoints").Expect().Status(200).JSON().Object().Value("endpoints").Array().IsEmpty()
}
