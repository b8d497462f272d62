package container_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"understudy/mock/container"

	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"
)

const image = "understudy-test/understudy:latest"

// TestMain keeps the library's helper container out: its image cannot be pulled where no registry can be reached.
func TestMain(m *testing.M) {
	if os.Getenv("TESTCONTAINERS_RYUK_DISABLED") == "" {
		_ = os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	}
	log.SetDefault(log.NewNoopLogger())
	os.Exit(m.Run())
}

// built builds the image as make image does: from the repository's Dockerfile, and nothing that is pulled.
var built = sync.OnceValue(func() error {
	folder, err := os.MkdirTemp("", "understudy-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for _, line := range [][]string{
		{"go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(folder, "understudy"), "../../cmd/understudy"},
		{"docker", "build", "-q", "-t", image, "-f", "../../Dockerfile", "--target", "prebuilt", folder},
	} {
		cmd := exec.Command(line[0], line[1:]...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(line, " "), err, out)
		}
	}
	return nil
})

// engine skips where nobody runs a Docker engine; with CI set that is a failure.
func engine(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err != nil {
		if ci := os.Getenv("CI"); ci != "" && ci != "false" && ci != "0" {
			t.Fatalf("there is no Docker engine: %v: %s", err, out)
		}
		t.Skip("there is no Docker engine")
	}
	if err := built(); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, options ...testcontainers.ContainerCustomizer) *container.Container {
	t.Helper()
	c, err := container.Run(t.Context(), image, options...)
	if c != nil {
		testcontainers.CleanupContainer(t, c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(t *testing.T, client *http.Client, address string, header ...string) (status int, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(data)
}

// TestRun stands in for a document of the test's own, with everything that options can say, as hardened as an engine can.
func TestRun(t *testing.T) {
	engine(t)
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	c := run(t, container.WithContract("testdata/petshop.yaml"), container.WithOverlay("testdata/shop.overlay.yaml"), container.WithSeedFile("testdata/seed.yaml"),
		container.WithSeed(7), container.WithClock(at), container.WithFlags("--reasons"), container.WithStartupWithin(30*time.Second))
	base, err := c.BaseURL(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(base, "/v2") {
		t.Errorf("the base URL is %s", base)
	}
	credentials, err := c.Credentials(t.Context(), "petshop")
	if err != nil {
		t.Fatal(err)
	}
	key := credentials["PETSHOP_KEY"]
	if status, body := get(t, http.DefaultClient, base+"/pets/rex", "X-Api-Key", key); status != 200 || !strings.Contains(body, `"Rex"`) {
		t.Errorf("%d %s", status, body)
	}
	get(t, http.DefaultClient, base+"/pets", "X-Api-Key", key)
	if status, _ := get(t, http.DefaultClient, base+"/pets", "X-Api-Key", key); status != 429 {
		t.Errorf("the overlay's limit: %d", status)
	}
	control(t, c, at)
	if inner, err := c.InnerURL("shop", "petshop"); err != nil || inner != "http://shop:4010/v2" {
		t.Errorf("%s, %v", inner, err)
	}
	if _, err := c.BaseURL(t.Context(), "nobody"); err == nil || !strings.Contains(err.Error(), "petshop") {
		t.Errorf("%v", err)
	}
	if err := c.Terminate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(base); err == nil {
		t.Error("it answers after it was terminated")
	}
}

// control moves the clock over the management API, which asks for its token.
func control(t *testing.T, c *container.Container, at time.Time) {
	t.Helper()
	address, err := c.ControlURL(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := get(t, http.DefaultClient, address+"/clock"); status != 401 {
		t.Errorf("without a token: %d", status)
	}
	client, err := c.ControlClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Post(address+"/clock", "application/json", strings.NewReader(`{"advance":"24h"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var moved struct{ Now time.Time }
	if err := json.NewDecoder(answer.Body).Decode(&moved); err != nil || !moved.Now.Equal(at.Add(24*time.Hour)) {
		t.Errorf("%s %+v %v", answer.Status, moved, err)
	}
}

// TestSeveral stands in for two APIs, with a token that the test has chosen.
func TestSeveral(t *testing.T) {
	engine(t)
	c := run(t, container.WithContract("ecoevents"), container.WithContract("ecosire"), container.WithControlToken("a token of mine"), container.WithControlHosts("shop"))
	for name, path := range map[string]string{"ecoevents": "/v1/events", "ecosire": "/products"} {
		base, err := c.BaseURL(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := get(t, http.DefaultClient, base+path); status >= 500 {
			t.Errorf("%s: %d %s", name, status, body)
		}
		if credentials, err := c.Credentials(t.Context(), name); err != nil || credentials[strings.ToUpper(name)+"_API_KEY"] == "" {
			t.Errorf("%s: %v, %v", name, credentials, err)
		}
	}
	if c.ControlToken() != "a token of mine" {
		t.Errorf("the token is %q", c.ControlToken())
	}
}

// TestFailures: what is wrong is said, with what the container printed.
func TestFailures(t *testing.T) {
	for name, options := range map[string][]testcontainers.ContainerCustomizer{
		"WithContract": {},
		"nobody.yaml":  {container.WithContract("nobody.yaml")},
		"before it":    {container.WithOverlay("testdata/shop.overlay.yaml")},
	} {
		if _, err := container.Run(t.Context(), image, options...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
	engine(t)
	c, err := container.Run(t.Context(), image, container.WithContract("nobody"), container.WithStartupWithin(5*time.Second))
	if c != nil {
		testcontainers.CleanupContainer(t, c)
	}
	if err == nil || !strings.Contains(err.Error(), "understudy: ") || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("%v", err)
	}
}

// TestImage: it is small, its user is not 0, it runs without a capability and without a place to write, and its engine knows when it
// is ready.
func TestImage(t *testing.T) {
	engine(t)
	if user := inspected(t, "image", "{{.Config.User}}", image); user != "65532:65532" {
		t.Errorf("the user is %q", user)
	}
	size, err := strconv.Atoi(inspected(t, "image", "{{.Size}}", image))
	if err != nil || size > mostImage {
		t.Errorf("the image has %d bytes, more than %d (%v)", size, mostImage, err)
	}
	out, err := exec.CommandContext(t.Context(), "docker", "run", "-d", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
		"--health-interval", "1s", "--network", "none", image, "serve", "ecoevents").Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
	}
	healthy(t, strings.TrimSpace(string(out)))
}

// mostImage is the budget of the image, in bytes as engines show them. docs/decisions/012-size.md tells what keeps it.
const mostImage = 40_000_000
