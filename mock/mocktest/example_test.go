package mocktest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"understudy/mock/credential"
	"understudy/mock/mocktest"
)

// An example has no test to belong to: t stands for the *testing.T that a test is given.
type exampleT struct {
	testing.TB
	cleanups []func()
}

func (*exampleT) Helper()                           {}
func (*exampleT) Name() string                      { return "TestExample" }
func (*exampleT) Context() context.Context          { return context.Background() }
func (*exampleT) Output() io.Writer                 { return io.Discard }
func (*exampleT) Failed() bool                      { return false }
func (*exampleT) Errorf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (*exampleT) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (t *exampleT) Cleanup(f func())                { t.cleanups = append(t.cleanups, f) }

func (t *exampleT) end() {
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
}

// A test starts the API that it needs, and hands address and key to the code under test.
func ExampleStart() {
	t := new(exampleT) // in a test: its *testing.T
	defer t.end()

	api := mocktest.Start(t, "ecoevents")

	request, _ := http.NewRequest("GET", api.URL()+"/v1/events/evt_nobody", nil)
	request.Header.Set("Authorization", "Bearer "+api.Key("events:read"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	fmt.Println(api.Calls("getEvent")[0].Trace.Detail)
	// Output:
	// 404 Not Found
	// There is no evt_nobody in /v1/events.
}

// Expect calls the API as httpexpect does, shows a credential that is good, and holds each answer against the contract.
func ExampleStandIn_Expect() {
	t := new(exampleT)
	defer t.end()

	api := mocktest.Start(t, "ecoevents")
	api.Put("/v1/events/evt_walk", map[string]any{"name": "Lantern Walk", "status": "draft"})

	e := api.Expect()
	e.PATCH("/v1/events/evt_walk").WithJSON(map[string]any{"status": "published"}).
		Expect().Status(http.StatusOK)
	e.GET("/v1/events").WithQuery("search", "Lantern").
		Expect().Status(http.StatusOK).JSON().Path("$.data[0].status").String().IsEqual("published")
	fmt.Println(api.Item("/v1/events/evt_walk")["status"])
	// Output: published
}

// Time passes when the test says so.
func ExampleStandIn_Advance() {
	t := new(exampleT)
	defer t.end()

	api := mocktest.Start(t, "ecoevents", mocktest.WithClock(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)))
	token := api.Token(credential.TokenRequest{Life: 15 * time.Minute})
	status := func() int {
		return api.Expect(mocktest.Anonymous).GET("/v1/events").WithHeader("Authorization", "Bearer "+token).Expect().Raw().StatusCode
	}
	fmt.Println(status())
	for _, what := range api.Advance(15 * time.Minute) {
		fmt.Println(what.At.Format("15:04"), what.Kind)
	}
	fmt.Println(status())
	// Output:
	// 200
	// 12:01 limit
	// 12:15 expiry
	// 401
}

// An endpoint receives what the API tells of, says whether it is signed, and answers as it is told to.
func ExampleStandIn_Endpoint() {
	t := new(exampleT)
	defer t.end()

	api := mocktest.Start(t, "ecoevents", mocktest.WithClock(time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)))
	endpoint := api.Endpoint("event.*")
	endpoint.Answer(http.StatusServiceUnavailable) // the first attempt is not taken

	api.Send("event.created", map[string]any{"/data/name": "Lantern Walk"})
	delivery := endpoint.Wait()
	fmt.Println(delivery.Event, delivery.Signed, delivery.Status, strings.Contains(string(delivery.Body), "Lantern Walk"))

	api.Advance(24 * time.Hour) // it is tried again
	again := endpoint.Wait()
	fmt.Println(again.ID == delivery.ID, again.Status)
	// Output:
	// event.created true 503 true
	// true 204
}

// Trouble is ordered in words.
func ExampleStandIn_Fault() {
	t := new(exampleT)
	defer t.end()

	api := mocktest.Start(t, "ecoevents")
	api.Fault("status=503;header.Retry-After=30;times=1;operations=listEvents")

	down := api.Expect(mocktest.Unchecked).GET("/v1/events").Expect()
	fmt.Println(down.Raw().StatusCode, down.Raw().Header.Get("Retry-After"))
	api.Expect().GET("/v1/events").Expect().Status(http.StatusOK)
	// Output: 503 30
}

// Parallel subtests get a world each: they cannot be in one another's way.
func ExampleStandIn_Sandbox() {
	t := new(exampleT)
	defer t.end()

	api := mocktest.Start(t, "ecoevents")
	for _, name := range []string{"Lantern Walk", "Repair Café"} { // in a test: t.Run(name, func(t *testing.T) { t.Parallel() …
		own := api.Sandbox(t)
		own.Put("/v1/events/evt_1", map[string]any{"name": name})
		fmt.Println(own.Item("/v1/events/evt_1")["name"])
	}
	fmt.Println(api.Item("/v1/events/evt_1"))
	// Output:
	// Lantern Walk
	// Repair Café
	// map[]
}
