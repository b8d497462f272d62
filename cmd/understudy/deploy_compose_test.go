package main

import (
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
)

// A composed is what is checked of deploy/compose/compose.yaml.
type composed struct {
	Services map[string]struct {
		Command   []string
		Ports     []string
		Networks  []string
		Volumes   []string
		Grace     string         `yaml:"stop_grace_period"`
		ReadOnly  bool           `yaml:"read_only"`
		CapDrop   []string       `yaml:"cap_drop"`
		DependsOn map[string]any `yaml:"depends_on"`
	}
	Networks, Volumes map[string]any
}

var variable = regexp.MustCompile(`\$\{([A-Z_]+)(?::[-?]([^}]*))?\}`)

// defaults puts in for variables of a compose file what they are where nobody sets them.
func defaults(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = variable.ReplaceAllString(text, "$2")
	}
	return out
}

// TestCompose: the services fit each other, the balancer, the image, and the command.
func TestCompose(t *testing.T) {
	data, err := os.ReadFile("../../deploy/compose/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file composed
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	balancer, err := os.ReadFile("../../deploy/compose/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	api, control, _ := image(t)
	say := func(pattern string) string {
		m := regexp.MustCompile(`(?m)^\s*` + pattern + `$`).FindSubmatch(balancer)
		if m == nil {
			t.Fatalf("the Caddyfile has nothing like %s", pattern)
		}
		return string(m[1])
	}
	probed(t, "Caddyfile", say(`health_uri (\S+)`))
	if port := say(`health_port (\d+)`); port != strconv.Itoa(control) {
		t.Errorf("the balancer asks port %s, the management API is at %d", port, control)
	}
	interval, _ := time.ParseDuration(say(`health_interval (\S+)`))
	timeout, _ := time.ParseDuration(say(`health_timeout (\S+)`))
	upstreams := strings.Fields(say(`reverse_proxy (.+) \{`))
	if len(upstreams) != 3 {
		t.Errorf("the balancer has %d stand-ins", len(upstreams))
	}
	for _, upstream := range upstreams {
		name, port, _ := strings.Cut(upstream, ":")
		s, ok := file.Services[name]
		if !ok || port != strconv.Itoa(api) {
			t.Errorf("no service answers at %s", upstream)
			continue
		}
		_, address, drain, hosts := served(t, name, defaults(s.Command))
		if u, err := url.Parse(address); err != nil || file.Services[u.Hostname()].Command == nil || u.Port() != "6379" {
			t.Errorf("%s: no service is the Redis at %s", name, address)
		}
		if grace, _ := time.ParseDuration(s.Grace); grace < drain+endsWithin {
			t.Errorf("%s: %s are given to end, and draining alone takes %s", name, grace, drain)
		}
		if interval <= 0 || interval+timeout >= drain {
			t.Errorf("the balancer may notice only after %s, draining takes %s", interval+timeout, drain)
		}
		if !strings.Contains(strings.Join(hosts, " "), name) || !s.ReadOnly || len(s.CapDrop) == 0 {
			t.Errorf("%s is not called by its name (%v), or may more than it needs", name, hosts)
		}
	}
	for name, s := range file.Services {
		for other := range s.DependsOn {
			if _, ok := file.Services[other]; !ok {
				t.Errorf("%s waits for %s, which is not there", name, other)
			}
		}
		for _, network := range s.Networks {
			if _, ok := file.Networks[network]; !ok {
				t.Errorf("%s is in the network %s, which is not there", name, network)
			}
		}
		for _, port := range s.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: the port %s is open to everybody", name, port)
			}
		}
		for _, volume := range s.Volumes {
			from, _, _ := strings.Cut(volume, ":")
			if _, ok := file.Volumes[from]; strings.HasPrefix(from, "./") {
				if _, err := os.Stat("../../deploy/compose/" + from); err != nil {
					t.Error(err)
				}
			} else if !ok {
				t.Errorf("%s: there is no volume %s", name, from)
			}
		}
	}
	durable(t, "compose.yaml", file.Services["redis"].Command)
}
