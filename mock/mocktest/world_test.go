package mocktest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/credential"
	"understudy/mock/mocktest"
)

// TestKeys: keys are good for their scopes, until they are revoked.
func TestKeys(t *testing.T) {
	api := mocktest.Start(t, "ecoevents")
	status := func(key string) int {
		return api.Expect(mocktest.Anonymous).GET("/v1/events").WithHeader("Authorization", "Bearer "+key).Expect().Raw().StatusCode
	}
	reads, writes := api.Key("events:read"), api.Key("events:write")
	if got := []int{status(reads), status(writes), status(api.Key()), status("ek_live_nobody")}; !slices.Equal(got, []int{200, 403, 200, 401}) {
		t.Errorf("%v", got)
	}
	next := api.Rotate(reads)
	if status(next) != 200 || next == reads {
		t.Error("the successor is not good")
	}
	api.Revoke(next)
	if status(next) != 401 {
		t.Error("a revoked key is good")
	}
	if status(api.Token(credential.TokenRequest{})) != 200 {
		t.Error("a token is not good")
	}
	for _, defect := range []credential.Defect{credential.PastDue, credential.WrongSignature, credential.AlgorithmNone} {
		if got := status(api.Token(credential.TokenRequest{Defect: defect})); got != 401 {
			t.Errorf("%s: %d", defect, got)
		}
	}
}

// TestForeignHost: what is good at the stand-in is shown to nobody else.
func TestForeignHost(t *testing.T) {
	api := mocktest.Start(t, "ecoevents")
	var shown http.Header
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { shown = r.Header.Clone() }))
	defer other.Close()
	read(t, api.Client(), other.URL+"/v1/events")
	if shown.Get("Authorization") != "" {
		t.Errorf("%v", shown)
	}
}

// TestEnvironment: programs find address and credentials in variables.
func TestEnvironment(t *testing.T) {
	api := mocktest.Start(t, "ecoevents")
	api.Setenv()
	if os.Getenv("ECOEVENTS_BASE_URL") != api.URL() || os.Getenv("ECOEVENTS_API_KEY") != api.Credential("ECOEVENTS_API_KEY") {
		t.Errorf("%v", api.Env())
	}
	if lines := mocktest.Start(t, "testdata/petshop.yaml").Env(); !strings.HasPrefix(lines[0], "PETSHOP_BASE_URL=http://127.0.0.1:") {
		t.Errorf("%v", lines)
	}
}

// TestExpect: an answer that breaks the contract fails the test, with a finding that says how and by which line.
func TestExpect(t *testing.T) {
	run := func(modes []mocktest.Mode, options ...mocktest.Option) *recorder {
		return record(t, func(t testing.TB) {
			api := mocktest.Start(t, "testdata/petshop.yaml", options...)
			api.Put("/pets/rex", map[string]any{"name": "Rex"})
			api.Fault("schema;member=/name")
			api.Expect(modes...).GET("/pets/{id}", "rex").Expect().Status(200)
		})
	}
	r := run(nil)
	for _, want := range []string{"world_test.go:", "SCH-001", "petshop.yaml:", "/name", "Unchecked", "fault schema", "/v2/pets/rex -> 200"} {
		if !r.failed || !strings.Contains(r.text(), want) {
			t.Errorf("failed %t, without %q:\n%s", r.failed, want, r.text())
		}
	}
	for name, r := range map[string]*recorder{
		"unchecked": run([]mocktest.Mode{mocktest.Unchecked}),
		"one check": run(nil, mocktest.WithoutChecks("SCH-001")),
		"no checks": run(nil, mocktest.WithoutChecks()),
	} {
		if r.failed {
			t.Errorf("%s:\n%s", name, r.text())
		}
	}
	r = record(t, func(t testing.TB) {
		mocktest.Start(t, "testdata/petshop.yaml").Expect().GET("/pets").Expect().Status(418)
		t.Log("it went on")
	})
	if !r.failed || strings.Contains(r.text(), "it went on") || !strings.Contains(r.text(), "418") {
		t.Errorf("an expectation that is not met: %s", r.text())
	}
}

// TestFailureLog: a test that failed says what was said, why it was refused, and no secret.
func TestFailureLog(t *testing.T) {
	var key string
	r := record(t, func(t testing.TB) {
		api := mocktest.Start(t, "ecoevents", mocktest.WithExchangesShown(2))
		key = api.Key("events:read")
		for _, path := range []string{"/v1/vendors?limit=1", "/v1/events?limit=1", "/v1/nowhere"} {
			api.Expect(mocktest.Anonymous).GET(path).WithHeader("Authorization", "Bearer "+key).Expect()
		}
		api.Expect(mocktest.Anonymous).POST("/v1/auth/login").WithJSON(map[string]any{"email": "ada@example.org", "password": "hunter22222"}).Expect()
		t.Errorf("it went wrong")
	})
	text := r.text()
	for _, want := range []string{"2 of 4 exchanges", "/v1/nowhere -> 404", "route_not_found", "login_failed"} {
		if !strings.Contains(text, want) {
			t.Errorf("without %q: %s", want, text)
		}
	}
	for _, secret := range []string{key, "hunter22222", "/v1/vendors"} {
		if strings.Contains(text, secret) {
			t.Errorf("with %q: %s", secret, text)
		}
	}
	r = record(t, func(t testing.TB) { mocktest.Start(t, "ecoevents"); t.Errorf("it went wrong") })
	if !strings.Contains(r.text(), "nobody has called ecoevents") {
		t.Error(r.text())
	}
}

// TestAdvance: what falls due on the way has happened, and is told.
func TestAdvance(t *testing.T) {
	api := mocktest.Start(t, "ecoevents")
	text := api.Token(credential.TokenRequest{Name: "short", Life: time.Hour})
	begin := api.Now()
	var told []string
	for _, h := range api.Advance(90 * time.Minute) {
		told = append(told, h.Kind+" "+h.What)
	}
	if !strings.Contains(strings.Join(told, "\n"), "expired") {
		t.Errorf("%q", told)
	}
	if passed := api.Now().Sub(begin); passed < 90*time.Minute || passed > 91*time.Minute {
		t.Errorf("%s passed", passed)
	}
	api.Expect(mocktest.Anonymous).GET("/v1/events").WithHeader("Authorization", "Bearer "+text).Expect().Status(401)
}

// TestEndpoint: deliveries arrive signed, are tried again when they were not taken, and only where they are wanted.
func TestEndpoint(t *testing.T) {
	api := mocktest.Start(t, "ecoevents", mocktest.WithClock(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)))
	events, vendors := api.Endpoint("event.*"), api.Endpoint("vendor.*")
	events.Answer(500, 503)
	item := api.Items("/v1/events")[0]
	api.Expect().PATCH("/v1/events/{id}", item["id"]).WithJSON(map[string]any{"name": "Repair Café"}).Expect().Status(200)

	first := events.Wait()
	var body struct {
		Data struct{ Object struct{ Name string } }
	}
	if err := first.Decode(&body); err != nil {
		t.Fatal(err)
	}
	if first.Event != "event.updated" || !first.Signed || first.Refusal != "" || first.Status != 500 || first.ID == "" || !strings.Contains(string(first.Body), "Repair Café") {
		t.Errorf("%+v %s", first, first.Body)
	}
	if all := events.All(); len(all) != 1 {
		t.Errorf("%d deliveries before time has passed", len(all))
	}
	api.Advance(time.Hour)
	all := events.All()
	if len(all) != 3 || all[2].Status != 204 || all[2].ID != first.ID {
		t.Errorf("%d deliveries, the last of them %+v", len(all), all[len(all)-1])
	}
	if heard := vendors.All(); len(heard) != 0 {
		t.Errorf("others heard of it: %+v", heard)
	}
	if list := api.Deliveries(); len(list) != 1 || list[0].Attempts != 3 || list[0].State != "delivered" {
		t.Errorf("%+v", list)
	}
	if list := api.Events(); len(list) != 1 || list[0].Type != "event.updated" {
		t.Errorf("%+v", list)
	}
	api.Send("vendor.updated", nil)
	if d := vendors.Wait(); d.Event != "vendor.updated" {
		t.Errorf("%+v", d)
	}
}

// TestEndpointThatHearsNothing says why.
func TestEndpointThatHearsNothing(t *testing.T) {
	r := record(t, func(t testing.TB) {
		api := mocktest.Start(t, "ecoevents", mocktest.WithPatience(50*time.Millisecond))
		e := api.Endpoint("event.*")
		api.Send("vendor.updated", nil)
		e.Wait()
	})
	if !strings.Contains(r.text(), "vendor.updated was told to 0 endpoints") {
		t.Error(r.text())
	}
}

// TestRegister: the test's own server is delivered to.
func TestRegister(t *testing.T) {
	api := mocktest.Start(t, "testdata/petshop.yaml")
	came := make(chan string, 1)
	own := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { came <- r.URL.Path }))
	defer own.Close()
	api.Register(own.URL+"/hook", "pet.*")
	api.Expect().POST("/pets").WithJSON(map[string]any{"name": "Rex"}).Expect().Status(201)
	api.Settle()
	if path := <-came; path != "/hook" {
		t.Error(path)
	}
}

// TestFaults are ordered, act, and are taken back.
func TestFaults(t *testing.T) {
	api := mocktest.Start(t, "testdata/petshop.yaml")
	remove := api.Fault("status=503;operations=listPets")
	api.Expect(mocktest.Unchecked).GET("/pets").Expect().Status(503)
	api.Expect().GET("/pets/nobody").Expect().Status(404)
	remove()
	api.Expect().GET("/pets").Expect().Status(200)
	api.NewFault(contracts.FaultBehaviour{Kind: "reset", Times: 1})
	if answer, err := api.Client().Get(api.URL() + "/pets"); err == nil {
		_ = answer.Body.Close()
		t.Errorf("the connection was not cut: %s", answer.Status)
	}
	api.Fault("status=500")
	api.ClearFaults()
	api.Expect().GET("/pets").Expect().Status(200)
}

// TestState reads and writes items past the API, by the paths of the API.
func TestState(t *testing.T) {
	api := mocktest.Start(t, "testdata/petshop.yaml")
	api.Put("/pets/rex", map[string]any{"name": "Rex", "legs": 4})
	api.Put("/pets/rex/visits/v1", map[string]any{"reason": "a thorn"})
	made := api.Put("/pets", struct {
		Name string `json:"name"`
	}{"Tom"})
	api.Put("/pets/"+fmt.Sprint(made["id"])+"/visits/v2", map[string]any{"reason": "a cold"})

	api.Expect().GET("/pets/rex").Expect().Status(200).JSON().Object().HasValue("name", "Rex").HasValue("legs", 4)
	api.Expect().GET("/pets/rex/visits").Expect().JSON().Array().Length().IsEqual(1)
	if got := api.Item("/pets/rex/visits/v1"); got["reason"] != "a thorn" {
		t.Errorf("%v", got)
	}
	if one, all := api.Items("/pets/rex/visits"), api.Items("/pets/{petId}/visits"); len(one) != 1 || len(all) < 2 {
		t.Errorf("%v, %v", one, all)
	}
	api.Remove("/pets/rex")
	if api.Item("/pets/rex") != nil || api.Item("/pets/rex/visits/v1") != nil {
		t.Error("it is still there")
	}
	api.Save("without-rex")
	api.Put("/pets/rex", map[string]any{"name": "Rex"})
	api.Restore("without-rex")
	if api.Item("/pets/rex") != nil {
		t.Error("it came back")
	}
	api.Reset()
	if api.Item("/pets/"+fmt.Sprint(made["id"])) != nil || len(api.Journal()) != 0 {
		t.Error("a reset leaves something behind")
	}
}

// TestSandbox: parallel subtests do not see one another, nor does the stand-in that they come from.
func TestSandbox(t *testing.T) {
	api := mocktest.Start(t, "testdata/petshop.yaml", mocktest.WithOverlay("testdata/shop.overlay.yaml"))
	api.Put("/pets/rex", map[string]any{"name": "Rex"})
	api.Save("with-rex")
	t.Run("group", func(t *testing.T) {
		for n := range 8 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				own := api.Sandbox(t)
				heard := own.Endpoint()
				if n%2 == 0 {
					own = api.SandboxFrom(t, "with-rex")
				}
				if there := own.Item("/pets/rex") != nil; there != (n%2 == 0) {
					t.Errorf("rex is there: %t", there)
				}
				own.Put("/pets/tom", map[string]any{"name": fmt.Sprint("Tom ", n)})
				own.Expect().GET("/pets/tom").Expect().Status(200).JSON().Object().HasValue("name", fmt.Sprint("Tom ", n))
				own.Advance(time.Duration(n) * time.Hour)
				own.Expect().GET("/pets").Expect().Status(200) // each has limits of its own
				if calls := own.Calls("getPet"); len(calls) != 1 {
					t.Errorf("%d calls", len(calls))
				}
				if n%2 == 1 && len(heard.All()) != 0 {
					t.Error("something was delivered")
				}
			})
		}
	})
	if api.Item("/pets/tom") != nil || len(api.Journal()) != 0 {
		t.Error("the subtests were seen")
	}
	t.Run("the same world", func(t *testing.T) {
		r := record(t, func(t testing.TB) { api.For(t).Expect().GET("/pets").Expect().Status(418) })
		if !r.failed || len(api.Calls("GET /pets")) != 1 {
			t.Errorf("failed %t: %v", r.failed, api.Journal())
		}
	})
}

// TestControl: other programs reach the management API.
func TestControl(t *testing.T) {
	api := mocktest.Start(t, "testdata/petshop.yaml")
	if status, body := read(t, http.DefaultClient, api.ControlURL()+"/contracts"); status != 200 || !strings.Contains(body, api.URL()) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := read(t, http.DefaultClient, api.ControlURL()+"/ready"); status != 200 {
		t.Errorf("%d", status)
	}
}

// TestDocumentation runs the tests of docs/go-tests.md as a stranger would: in a module of its own that reaches this one by a
// replacement, and without a network.
func TestDocumentation(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text := readText(t, filepath.Join(root, "docs", "go-tests.md"))
	folder := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, rest, _ := strings.Cut(readText(t, filepath.Join(root, "go.mod")), "\ngo ") // what we require is what who requires us requires
	rest, _, _ = strings.Cut(rest, "\ntool ")
	write("go.mod", "module stranger\n\ngo "+rest+"\nrequire understudy v0.0.0\n\nreplace understudy => "+root+"\n")
	write("go.sum", readText(t, filepath.Join(root, "go.sum")))
	blocks := regexp.MustCompile("(?s)```go\n(package .*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d tests in docs/go-tests.md", len(blocks))
	}
	for i, block := range blocks {
		write(fmt.Sprintf("case%d/doc_test.go", i), block[1])
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "./...")
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -trimpath", "CGO_ENABLED=0", "GOPROXY=off") // compiled as the program is, so that it is once
	if out, err := cmd.CombinedOutput(); err != nil || strings.Count(string(out), "ok ") != len(blocks) {
		t.Errorf("%v\n%s", err, out)
	}

	// What the table says there is exists.
	for _, name := range regexp.MustCompile("`(With[A-Za-z]+)").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(readText(t, "option.go"), "func "+name[1]+"(") {
			t.Errorf("there is no option %s", name[1])
		}
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
