package container_test

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

func readText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// freePort gives a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// TestDocumentation runs what docs/containers.md tells people to type, with the image and the ports of the test, and compiles its Go.
func TestDocumentation(t *testing.T) {
	engine(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	text := readText(t, filepath.Join(root, "docs", "containers.md"))
	name := "understudy-test-" + freePort(t)
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", name).Run() })
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		script := strings.NewReplacer(
			"make image ", "true ", // the test has built the same
			"understudy:latest", image, "127.0.0.1:4010:", "127.0.0.1:"+freePort(t)+":", "127.0.0.1:4009:", "127.0.0.1:"+freePort(t)+":",
			"--name shop", "--name "+name, "exec shop", "exec "+name, "logs shop", "logs "+name, "rm -f shop", "rm -f "+name,
		).Replace(block[1])
		cmd := exec.CommandContext(t.Context(), "timeout", "60", "sh", "-euc", script)
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s\n%v\n%s", script, err, out)
		}
	}
	folder, err := os.MkdirTemp("testdata", "documentation_")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(folder)
	blocks := regexp.MustCompile("(?s)```go\n(package .*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Fatal("no Go in docs/containers.md")
	}
	for _, block := range blocks {
		if err := os.WriteFile(filepath.Join(folder, "doc_test.go"), []byte(strings.ReplaceAll(block[1], "understudy:latest", image)), 0o600); err != nil {
			t.Fatal(err)
		}
		test := exec.CommandContext(t.Context(), "go", "test", "-trimpath", "-count=1", "./"+folder)
		test.Env = append(os.Environ(), "CGO_ENABLED=0") // compiled as the program is, so that it is once
		if out, err := test.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
	for _, option := range regexp.MustCompile("`(With[A-Z][A-Za-z]+)`").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(readText(t, "option.go"), "func "+option[1]+"(") {
			t.Errorf("there is no option %s", option[1])
		}
	}
}

// TestCompose runs the service of compose.yaml as compose would, and waits until the engine calls it healthy.
func TestCompose(t *testing.T) {
	engine(t)
	var file struct {
		Services map[string]struct {
			Image, User, Restart string
			Command              []string
			Environment          map[string]string
			Ports, Volumes       []string
			ReadOnly             bool     `yaml:"read_only"`
			CapDrop              []string `yaml:"cap_drop"`
			SecurityOpt          []string `yaml:"security_opt"`
		}
	}
	if err := yaml.Unmarshal([]byte(readText(t, "../../compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	service, ok := file.Services["understudy"]
	if !ok || !service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"}) || len(service.Ports) != 2 {
		t.Fatalf("%+v", file)
	}
	for _, port := range service.Ports {
		if !strings.HasPrefix(port, "127.0.0.1:") {
			t.Errorf("the port %s is open to others", port)
		}
	}
	filled := func(text string) string { // ${NAME:-DEFAULT} without the variable
		return regexp.MustCompile(`\$\{[A-Z_]+:-([^}]*)\}`).ReplaceAllString(text, "$1")
	}
	line := []string{"run", "-d", "--read-only", "--health-interval", "1s"}
	for _, capability := range service.CapDrop {
		line = append(line, "--cap-drop", capability)
	}
	for _, option := range service.SecurityOpt {
		line = append(line, "--security-opt", option)
	}
	for name, value := range service.Environment {
		line = append(line, "-e", name+"="+filled(value))
	}
	line = append(line, "-v", t.TempDir()+":/data:ro", image)
	for _, word := range service.Command {
		line = append(line, filled(word))
	}
	out, err := exec.CommandContext(t.Context(), "docker", line...).Output()
	if err != nil {
		t.Fatalf("%v: %s", err, err.(*exec.ExitError).Stderr)
	}
	healthy(t, strings.TrimSpace(string(out)))
}

// healthy waits until the engine says that a container is well, and removes it at the end of the test.
func healthy(t *testing.T, id string) {
	t.Helper()
	t.Cleanup(func() { _ = exec.Command("docker", "rm", "-f", id).Run() })
	late := time.After(time.Minute)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if state := inspected(t, "container", "{{.State.Health.Status}}", id); state == "healthy" {
				return
			}
		case <-late:
			log, _ := exec.Command("docker", "logs", id).CombinedOutput()
			t.Fatalf("it is not healthy: %s\n%s", inspected(t, "container", "{{json .State}}", id), log)
		}
	}
}

func inspected(t *testing.T, kind, format, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "docker", kind, "inspect", "-f", format, name).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.TrimSpace(string(out))
}
