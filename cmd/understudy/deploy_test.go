package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/mock/store/redis/redistest"

	"go.yaml.in/yaml/v4"
)

// A manifest is a document of deploy/kubernetes, as far as its parts have to fit each other.
type manifest struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct{ Name string }
	StringData map[string]string `yaml:"stringData"`
	Spec       struct {
		Replicas       int
		Selector       map[string]any // of a Service the labels themselves, else under matchLabels
		PodSelector    labels         `yaml:"podSelector"`
		MaxUnavailable any            `yaml:"maxUnavailable"`
		ServiceName    string         `yaml:"serviceName"`
		Template       struct {
			Metadata struct{ Labels map[string]string }
			Spec     pod
		}
		Ports []struct {
			Name       string
			TargetPort string `yaml:"targetPort"`
		}
		Ingress []struct {
			Ports []struct{ Port string }
		}
		VolumeClaimTemplates []struct{ Metadata struct{ Name string } } `yaml:"volumeClaimTemplates"`
	}
}

type labels struct {
	MatchLabels map[string]string `yaml:"matchLabels"`
}

type pod struct {
	Grace           int            `yaml:"terminationGracePeriodSeconds"`
	SecurityContext map[string]any `yaml:"securityContext"`
	Containers      []container
}

type container struct {
	Name, Image string
	Args        []string
	Env         []struct {
		Name, Value string
		ValueFrom   struct {
			SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
		} `yaml:"valueFrom"`
	}
	Ports []struct {
		Name          string
		ContainerPort int `yaml:"containerPort"`
	}
	StartupProbe, ReadinessProbe, LivenessProbe probeSpec
	Resources                                   struct{ Requests, Limits map[string]string }
	SecurityContext                             struct {
		Escalation   *bool `yaml:"allowPrivilegeEscalation"`
		ReadOnly     bool  `yaml:"readOnlyRootFilesystem"`
		Capabilities struct{ Drop []string }
	} `yaml:"securityContext"`
	VolumeMounts []struct{ Name string } `yaml:"volumeMounts"`
}

type probeSpec struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
	Period  int                         `yaml:"periodSeconds"`
	Timeout int                         `yaml:"timeoutSeconds"`
	Failure int                         `yaml:"failureThreshold"`
}

// UnmarshalYAML reads the probes, whose names in YAML are not those of Go in lower case.
func (c *container) UnmarshalYAML(n *yaml.Node) error {
	type plain container
	var probes struct {
		Startup   probeSpec `yaml:"startupProbe"`
		Readiness probeSpec `yaml:"readinessProbe"`
		Liveness  probeSpec `yaml:"livenessProbe"`
	}
	if err := errors.Join(n.Decode((*plain)(c)), n.Decode(&probes)); err != nil {
		return err
	}
	c.StartupProbe, c.ReadinessProbe, c.LivenessProbe = probes.Startup, probes.Readiness, probes.Liveness
	return nil
}

func (c *container) port(name string) int {
	for _, p := range c.Ports {
		if p.Name == name {
			return p.ContainerPort
		}
	}
	return 0
}

// manifests reads all documents of deploy/kubernetes, by kind and name.
func manifests(t *testing.T) map[string]*manifest {
	t.Helper()
	files, _ := filepath.Glob("../../deploy/kubernetes/*.yaml")
	more, _ := filepath.Glob("../../deploy/kubernetes/*/*.yaml")
	if files = append(files, more...); len(files) == 0 {
		t.Fatal("there are no manifests")
	}
	all := map[string]*manifest{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
			m := new(manifest)
			err := decoder.Decode(m)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			name := m.Kind + " " + m.Metadata.Name
			if m.APIVersion == "" || m.Kind == "" || m.Metadata.Name == "" || all[name] != nil {
				t.Errorf("%s: %q of %q lacks its kind or name, or is there twice", file, name, m.APIVersion)
			}
			all[name] = m
		}
	}
	return all
}

// image is what the Dockerfile says of every image: where the API and its management listen, and who runs it.
func image(t *testing.T) (api, control, user int) {
	t.Helper()
	data, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	number := func(pattern string) int {
		m := regexp.MustCompile(pattern).FindSubmatch(data)
		if m == nil {
			t.Fatalf("the Dockerfile has nothing like %s", pattern)
		}
		n, _ := strconv.Atoi(string(m[1]))
		return n
	}
	return number(`UNDERSTUDY_LISTEN=0\.0\.0\.0:(\d+)`), number(`UNDERSTUDY_CONTROL=0\.0\.0\.0:(\d+)`), number(`(?m)^USER (\d+)`)
}

// served checks the arguments of serve as the command line does, and gives what they set.
func served(t *testing.T, where string, args []string) (contract, store string, drain time.Duration, hosts []string) {
	t.Helper()
	p := &process{out: io.Discard, err: io.Discard, getenv: func(string) string { return "" }}
	cmd, rest, err := p.rootCommand().Find(args)
	if err != nil || cmd.Name() != "serve" {
		t.Fatalf("%s: %q is no command serve: %v", where, args, err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	f := cmd.Flags()
	store, _ = f.GetString("store")
	drain, _ = f.GetDuration("drain")
	hosts, _ = f.GetStringArray("control-host")
	if f.NArg() != 1 || !slices.Contains(contracts.Builtins(), f.Arg(0)) {
		t.Fatalf("%s: %q names no built-in contract", where, f.Args())
	}
	return f.Arg(0), store, drain, hosts
}

// probed checks that a path is one that the management API answers without a token.
func probed(t *testing.T, where, path string) {
	t.Helper()
	data, err := contracts.Builtin("control", "openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var api struct {
		Paths map[string]struct{ Get *struct{ Security *[]any } }
	}
	if err := yaml.Unmarshal(data, &api); err != nil {
		t.Fatal(err)
	}
	if get := api.Paths[path].Get; get == nil || get.Security == nil || len(*get.Security) != 0 {
		t.Errorf("%s: GET %q is nothing that the management API answers without a token", where, path)
	}
}

// endsWithin is how long a stand-in may take to end behind --drain (docs/operations.md).
const endsWithin = 15 * time.Second

// TestKubernetes: the manifests fit each other, the image, and the command.
func TestKubernetes(t *testing.T) {
	all := manifests(t)
	d := all["Deployment understudy"]
	if d == nil || d.Spec.Replicas != 3 {
		t.Fatal("there is no Deployment understudy of three")
	}
	api, control, user := image(t)
	spec := d.Spec.Template.Spec
	c := &spec.Containers[0]
	if c.port("http") != api || c.port("control") != control {
		t.Errorf("the container has the ports %v, the image %d and %d", c.Ports, api, control)
	}
	if spec.SecurityContext["runAsNonRoot"] != true || spec.SecurityContext["runAsUser"] != user {
		t.Errorf("the pod runs as %v, the image as %d", spec.SecurityContext, user)
	}
	_, address, drain, hosts := served(t, "understudy.yaml", c.Args)
	if grace := time.Duration(spec.Grace) * time.Second; grace < drain+endsWithin {
		t.Errorf("%s are given to end, and draining alone takes %s", grace, drain)
	}
	ready := c.ReadinessProbe
	if seen := time.Duration(ready.Failure*(ready.Period+ready.Timeout)) * time.Second; seen > drain+time.Duration(ready.Timeout)*time.Second {
		t.Errorf("the readiness probe needs %s to say no, draining takes %s", seen, drain)
	}
	for _, probe := range []probeSpec{c.StartupProbe, ready, c.LivenessProbe} {
		probed(t, "understudy.yaml", probe.HTTPGet.Path)
		if c.port(probe.HTTPGet.Port) != control {
			t.Errorf("the probe %+v does not ask the management API", probe)
		}
	}
	if c.LivenessProbe.HTTPGet.Path == ready.HTTPGet.Path {
		t.Error("a process is killed for what it only waits for")
	}
	redis := all["Service understudy-redis"]
	if redis == nil || !strings.Contains(address, "@"+redis.Metadata.Name+":6379") || all["StatefulSet understudy-redis"].Spec.Template.Spec.Containers[0].port("redis") != 6379 {
		t.Errorf("nothing answers at %s", address)
	}
	for _, host := range hosts {
		if all["Service "+host] == nil {
			t.Errorf("no Service is called %s", host)
		}
	}
}

// TestKubernetesParts: what selects pods finds them, with the ports that it names; secrets are there; no container may more than it needs.
func TestKubernetesParts(t *testing.T) {
	all := manifests(t)
	pods := map[string]*manifest{}
	for name, m := range all {
		if len(m.Spec.Template.Spec.Containers) > 0 {
			pods[m.Spec.Template.Metadata.Labels["app.kubernetes.io/name"]] = m
			modest(t, name, m, all)
		}
	}
	for name, m := range all {
		selector := m.Spec.PodSelector.MatchLabels["app.kubernetes.io/name"]
		if selector == "" {
			found := m.Spec.Selector["app.kubernetes.io/name"]
			if inner, ok := m.Spec.Selector["matchLabels"].(map[string]any); ok {
				found = inner["app.kubernetes.io/name"]
			}
			selector, _ = found.(string)
		}
		if m.Kind == "Secret" {
			continue
		}
		selected := pods[selector]
		if selected == nil {
			t.Errorf("%s selects no pod", name)
			continue
		}
		c := &selected.Spec.Template.Spec.Containers[0]
		var ports []string
		for _, p := range m.Spec.Ports {
			ports = append(ports, p.TargetPort)
		}
		for _, in := range m.Spec.Ingress {
			for _, p := range in.Ports {
				ports = append(ports, p.Port)
			}
		}
		if len(ports) == 0 && (m.Kind == "Service" || m.Kind == "NetworkPolicy") {
			t.Errorf("%s names no port", name)
		}
		for _, p := range ports {
			if c.port(p) == 0 {
				t.Errorf("%s: the pods have no port %q", name, p)
			}
		}
	}
	for _, want := range []string{"PodDisruptionBudget understudy", "Service understudy", "Service understudy-control", "NetworkPolicy understudy", "NetworkPolicy understudy-redis", "Secret understudy"} {
		if all[want] == nil {
			t.Errorf("there is no %s", want)
		}
	}
}

var podVariable = regexp.MustCompile(`\$\(([A-Z_]+)\)`)

// modest checks what a container may, and that all that it refers to is there.
func modest(t *testing.T, name string, m *manifest, all map[string]*manifest) {
	t.Helper()
	for _, c := range m.Spec.Template.Spec.Containers {
		if s := c.SecurityContext; s.Escalation == nil || *s.Escalation || !s.ReadOnly || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) {
			t.Errorf("%s: the container %s may more than it needs: %+v", name, c.Name, s)
		}
		if c.Resources.Limits["memory"] == "" || c.Resources.Requests["cpu"] == "" {
			t.Errorf("%s: the container %s has no bounds", name, c.Name)
		}
		var known []string
		for _, e := range c.Env {
			known = append(known, e.Name)
			if ref := e.ValueFrom.SecretKeyRef; ref.Name != "" && (all["Secret "+ref.Name] == nil || all["Secret "+ref.Name].StringData[ref.Key] == "") {
				t.Errorf("%s: no secret %s has %s", name, ref.Name, ref.Key)
			}
		}
		for _, used := range podVariable.FindAllStringSubmatch(strings.Join(c.Args, " "), -1) {
			if !slices.Contains(known, used[1]) {
				t.Errorf("%s: the variable %s is not set", name, used[1])
			}
		}
		for _, v := range c.VolumeMounts {
			if !slices.ContainsFunc(m.Spec.VolumeClaimTemplates, func(claim struct{ Metadata struct{ Name string } }) bool { return claim.Metadata.Name == v.Name }) {
				t.Errorf("%s: there is no volume %s", name, v.Name)
			}
		}
	}
	if m.Kind == "StatefulSet" {
		durable(t, name, m.Spec.Template.Spec.Containers[0].Args)
	}
}

// durable checks that a Redis keeps what it is told.
func durable(t *testing.T, where string, args []string) {
	t.Helper()
	for _, want := range []string{"--appendonly yes", "--maxmemory-policy noeviction"} {
		if !strings.Contains(strings.Join(args, " "), want) {
			t.Errorf("%s: Redis is started without %s", where, want)
		}
	}
}

// TestKubernetesRuns starts what the Deployment starts, with the Redis that the StatefulSet starts, and asks what the probes ask.
func TestKubernetesRuns(t *testing.T) {
	all := manifests(t)
	const password = "0123abcd"
	fill := func(args []string) []string {
		return strings.Split(strings.ReplaceAll(strings.Join(args, "\n"), "$(REDIS_PASSWORD)", password), "\n")
	}
	redis := redistest.Start(t, fill(all["StatefulSet understudy-redis"].Spec.Template.Spec.Containers[0].Args)[1:]...)
	c := &all["Deployment understudy"].Spec.Template.Spec.Containers[0]
	var args []string
	for _, a := range fill(c.Args)[1:] {
		args = append(args, strings.Replace(a, "understudy-redis:6379", strings.TrimPrefix(redis.URL(), "redis://"), 1))
	}
	for i := range 2 {
		cmd, ready := startStandIn(t, filepath.Join(t.TempDir(), fmt.Sprint("ready", i)), args...)
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		for _, probe := range []probeSpec{c.StartupProbe, c.ReadinessProbe, c.LivenessProbe} {
			a, err := http.Get(ready.Control.URL + probe.HTTPGet.Path)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if a.StatusCode != http.StatusOK {
				t.Errorf("process %d: %s gives %d", i, probe.HTTPGet.Path, a.StatusCode)
			}
		}
	}
}
