package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"understudy/scenarios"
)

// variableOf makes the name of an environment line of a contract that has none of its own: "PETSTORE_BASE_URL".
func variableOf(contract, what string) string { return variableName(contract) + "_" + what }

// A wardrobe is what the command is given: environment variables, and the texts that templates name.
type wardrobe struct {
	variables map[string]string
	order     []string // of variables
	texts     map[string]string
	hidden    []string // what reports must not show
}

func (w *wardrobe) put(name, value string) {
	if _, taken := w.variables[name]; !taken {
		w.order = append(w.order, name)
	}
	w.variables[name] = value
}

// dress gathers what the command is given in one run. receivers are the addresses of its own receivers, by contract.
func (r *rehearsalRun) dress(sc *scene, act string, receivers map[string]string, secrets map[string]string) (*wardrobe, error) {
	w := &wardrobe{variables: map[string]string{}, texts: map[string]string{}}
	alone := len(sc.stands) == 1
	text := func(contract, name, value string) {
		if w.texts[contract+"."+name] = value; alone {
			w.texts[name] = value
		}
	}
	for _, st := range sc.stands {
		name, server := st.contract.Name, st.handler.server()
		named := false
		for _, env := range st.contract.Behaviour.EnvNames {
			if env.From == "baseUrl" {
				w.put(env.Name, st.baseURL())
				named = true
			}
		}
		if !named {
			w.put(variableOf(name, "BASE_URL"), st.baseURL())
		}
		text(name, "base_url", st.baseURL())
		for _, c := range server.Ready() {
			w.put(c.Env, c.Value)
			text(name, "credential."+c.Env, c.Value)
			if c.Secret {
				w.hidden = append(w.hidden, c.Value)
			}
		}
		if provider := server.Identity(); provider != nil {
			text(name, "discovery", st.listener.URL()+provider.Paths().Discovery)
		}
		if address := receivers[name]; address != "" {
			text(name, "receiver", address)
		}
	}
	for name, value := range secrets {
		if _, taken := w.variables[name]; !taken {
			w.put(name, value)
			w.hidden = append(w.hidden, value)
		}
	}
	w.put("UNDERSTUDY_CONTROL_URL", sc.control.URL())
	w.put("UNDERSTUDY_CONTROL_TOKEN", sc.token)
	w.put("UNDERSTUDY_REHEARSAL", act)
	w.texts["control_url"], w.texts["control_token"] = sc.control.URL(), sc.token
	w.hidden = append(w.hidden, sc.token)
	if sc.bundle != "" {
		for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"} {
			w.put(name, sc.bundle)
		}
		w.put("NODE_EXTRA_CA_CERTS", sc.own)
	}
	return w, w.fill(r.flags.environment)
}

var placeholder = regexp.MustCompile(`\{[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\}`)

// fill adds the variables of --env.
func (w *wardrobe) fill(templates []string) error {
	var problems []error
	for _, one := range templates {
		name, template, _ := strings.Cut(one, "=")
		value := placeholder.ReplaceAllStringFunc(template, func(found string) string {
			value, known := w.texts[found[1:len(found)-1]]
			if !known {
				problems = append(problems, fmt.Errorf("--env %s: there is no %s; there are %s", name, found, w.known()))
			}
			return value
		})
		w.put(name, value)
	}
	return errors.Join(problems...)
}

func (w *wardrobe) known() string {
	var list []string
	for name := range w.texts {
		list = append(list, "{"+name+"}")
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

var proxies = []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}

// environ is the command's whole environment: ours, and over it what it is given. Proxies are told to let this machine's own
// addresses be.
func (w *wardrobe) environ() []string {
	var list []string
	proxied := false
	for _, line := range os.Environ() {
		name, value, _ := strings.Cut(line, "=")
		if _, ours := w.variables[name]; !ours {
			list = append(list, line)
		}
		proxied = proxied || value != "" && slices.Contains(proxies, name)
	}
	for _, name := range w.order {
		list = append(list, name+"="+w.variables[name])
	}
	if proxied {
		for _, name := range []string{"NO_PROXY", "no_proxy"} {
			local := "127.0.0.1,localhost,::1"
			if others := os.Getenv(name); others != "" {
				local = others + "," + local
			}
			list = append(list, name+"="+local) // of two, the later one holds
		}
	}
	return list
}

// checkFlags holds what flags say about the environment and receivers against the contracts.
func (r *rehearsalRun) checkFlags() error {
	var problems []error
	for _, one := range r.flags.environment {
		if name, _, ok := strings.Cut(one, "="); !ok || name == "" || strings.ContainsAny(name, "\x00 ") {
			problems = append(problems, fmt.Errorf("--env %.60q: write NAME=TEMPLATE, such as API_URL={base_url}", one))
		}
	}
	_, err := r.receivers()
	return errors.Join(append(problems, err)...)
}

// receivers reads --webhook-url: the address of the command's receiver, by contract.
func (r *rehearsalRun) receivers() (map[string]string, error) {
	byContract := map[string]string{}
	var names []string
	for _, c := range r.contracts {
		names = append(names, c.Name)
	}
	for _, text := range r.flags.webhookURLs {
		name, address, ok := strings.Cut(text, "=")
		if !ok || strings.ContainsAny(name, ":/") {
			name, address = "", text
		}
		if _, err := scenarios.ParseTarget(strings.SplitN(address, "?", 2)[0]); err != nil {
			return nil, fmt.Errorf("--webhook-url: %w", err)
		}
		if name != "" && !slices.Contains(names, name) {
			return nil, fmt.Errorf("--webhook-url: the contract %q is not rehearsed; there are %s", name, strings.Join(names, ", "))
		}
		told := false
		for _, c := range r.contracts {
			if name != "" && name != c.Name || len(c.Events()) == 0 {
				continue
			}
			if byContract[c.Name] != "" {
				return nil, fmt.Errorf("--webhook-url: %s has two receivers", c.Name)
			}
			byContract[c.Name], told = address, true
		}
		if !told {
			return nil, fmt.Errorf("--webhook-url: %s tells of no events", strings.Join(names, ", "))
		}
	}
	return byContract, nil
}
