package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"understudy/scenarios"
)

// TestImage judges a target that runs in a container for the length of the run: our own stand-in, in an image of nothing else.
func TestImage(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "docker", "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		if ci := os.Getenv("CI"); ci != "" && ci != "false" && ci != "0" {
			t.Fatalf("there is no Docker engine: %v: %s", err, out)
		}
		t.Skip("there is no Docker engine")
	}
	t.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true") // its image cannot be pulled where no registry can be reached
	const image = "understudy-test/stand-in:latest"
	folder := t.TempDir()
	program, err := built()
	if err == nil {
		err = os.CopyFS(folder, os.DirFS(program))
	}
	if err != nil {
		t.Fatal(err)
	}
	dockerfile := "FROM scratch\nCOPY understudy /understudy\nENTRYPOINT [\"/understudy\", \"serve\", \"echowin\", \"--listen\", \"0.0.0.0:8080\", \"--no-control\"]\n"
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte(dockerfile), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "docker", "build", "-q", "-t", image, folder).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	binary, result := filepath.Join(folder, "understudy"), filepath.Join(folder, "result.json")
	judge := func(arguments ...string) (string, error) {
		cmd := exec.CommandContext(t.Context(), binary, append([]string{"check", "echowin", "--report", "json=" + result}, arguments...)...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := judge("--image", image, "--image-port", "8080", "--image-base", "/api/v1", "--only", "AUTH-001,MTH,STS")
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	data, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	var r scenarios.Result
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Targets) != 1 || !strings.Contains(r.Targets[0].Log, "listening") && !strings.Contains(r.Targets[0].Log, "echowin") {
		t.Errorf("the log of the target is not in the result: %.300q", r.Targets)
	}
	if strings.Contains(out, "Connected to docker") {
		t.Errorf("the library talks to the user:\n%s", out)
	}
	if r.Count().Passed == 0 {
		t.Errorf("nothing passed: %+v", r.Count())
	}
	left, err := exec.CommandContext(t.Context(), "docker", "ps", "-aq", "--filter", "ancestor="+image).Output()
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %s, %v", left, err)
	}

	out, err = judge("--image", image, "--image-port", "8080", "--image-env", "nothing")
	if err == nil || !strings.Contains(out, "NAME=VALUE") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = judge("--image-port", "8080", "--target", "http://127.0.0.1:1")
	if err == nil || !strings.Contains(out, "--image, which is missing") {
		t.Errorf("%v\n%s", err, out)
	}
}
