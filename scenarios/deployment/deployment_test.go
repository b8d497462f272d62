package deployment_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"understudy/scenarios/deployment"
)

// TestMain keeps the library's helper container out: its image cannot be pulled where no registry can be reached.
func TestMain(m *testing.M) {
	if os.Getenv("TESTCONTAINERS_RYUK_DISABLED") == "" {
		_ = os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	}
	os.Exit(m.Run())
}

// engine skips where nobody runs a Docker engine; with CI set that is a failure.
func engine(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput()
	if err == nil {
		return
	}
	if ci := os.Getenv("CI"); ci != "" && ci != "false" && ci != "0" {
		t.Fatalf("there is no Docker engine: %v: %s", err, out)
	}
	t.Skip("there is no Docker engine")
}

// image builds an image from nothing but a small static server, so that no registry is asked.
func image(t *testing.T) string {
	t.Helper()
	const name = "understudy-test/hello:latest"
	folder := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", filepath.Join(folder, "hello"), "./testdata/hello")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the server: %v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte("FROM scratch\nCOPY hello /hello\nENTRYPOINT [\"/hello\"]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "docker", "build", "-q", "-t", name, folder).CombinedOutput(); err != nil {
		t.Fatalf("build the image: %v\n%s", err, out)
	}
	return name
}

// TestDeployment starts an image, calls what runs in it, and takes it away again.
func TestDeployment(t *testing.T) {
	engine(t)
	name := image(t)
	for what, o := range map[string]deployment.Options{
		"any answer is enough": {Image: name, Port: 8080, Env: map[string]string{"GREETING": "good day"}},
		"a path must answer":   {Image: name, Port: 8080, Env: map[string]string{"GREETING": "good day"}, Ready: "/ready"},
	} {
		t.Run(what, func(t *testing.T) {
			d, err := deployment.Start(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.Get(d.URL + "/")
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if string(body) != "good day" {
				t.Errorf("it answered %q", body)
			}
			if log := d.Log(t.Context()); !strings.Contains(log, "listening") || !strings.Contains(log, "GET /") {
				t.Errorf("the log is %q", log)
			}
			if err := d.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := http.Get(d.URL + "/"); err == nil {
				t.Error("it still answers after Stop")
			}
		})
	}
}

// TestDeploymentThatFails: the error says what the target printed last, and nothing is left running.
func TestDeploymentThatFails(t *testing.T) {
	engine(t)
	name := image(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := deployment.Start(ctx, deployment.Options{Image: name, Port: 8080, Args: []string{"fail"}, Within: 5 * time.Second})
	if err == nil || !strings.Contains(err.Error(), "the disk is full") {
		t.Errorf("the error is %v", err)
	}
	out, err := exec.CommandContext(t.Context(), "docker", "ps", "-aq", "--filter", "ancestor="+name).Output()
	if err != nil || len(out) > 0 {
		t.Errorf("left behind: %s, %v", out, err)
	}
	if _, err := deployment.Start(ctx, deployment.Options{Image: name}); err == nil || !strings.Contains(err.Error(), "--image-port") {
		t.Errorf("no port: %v", err)
	}
}
