package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"understudy/mock/control"
)

// readiness is what --ready-file holds: where everything is and how to get in.
type readiness struct {
	Control   *readyControl   `json:"control,omitempty"`
	Contracts []readyContract `json:"contracts"`
}

type readyControl struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

type readyContract struct {
	Name        string            `json:"name"`
	BaseURL     string            `json:"base_url"`
	Credentials map[string]string `json:"credentials"`
}

// announce says on standard output where everything is, and writes the ready file, whole or not at all.
func (h *house) announce(p *process, s *serving) error {
	ready := readiness{}
	for _, st := range h.stands {
		credentials := st.handler.server().Ready()
		ready.Contracts = append(ready.Contracts, readyContract{Name: st.contract.Name, BaseURL: st.baseURL(), Credentials: map[string]string{}})
		fmt.Fprintf(p.out, "%s  %s  (%s %s, %d operations)\n", st.contract.Name, st.baseURL(), st.contract.Title, st.contract.Version, len(st.contract.Operations))
		for _, env := range st.contract.Behaviour.EnvNames {
			if env.From == "baseUrl" {
				fmt.Fprintf(p.out, "  %s=%s\n", env.Name, st.baseURL())
			}
		}
		for _, c := range credentials {
			ready.Contracts[len(ready.Contracts)-1].Credentials[c.Env] = c.Value
			fmt.Fprintf(p.out, "  %s=%s\n", c.Env, shellText(c.Value))
		}
		if provider := st.handler.server().Identity(); provider != nil {
			fmt.Fprintf(p.out, "  identity provider: %s%s\n", st.listener.URL(), provider.Paths().Discovery)
		}
		if page := st.contract.Behaviour.Serve.Page; page != "" {
			fmt.Fprintf(p.out, "  page to try it: %s%s\n", st.baseURL(), page)
		}
	}
	if h.control != nil {
		ready.Control = &readyControl{URL: h.control.URL(), Token: h.token}
		fmt.Fprintf(p.out, "control  %s\n", h.control.URL())
		if h.token != "" {
			fmt.Fprintf(p.out, "  UNDERSTUDY_CONTROL_TOKEN=%s\n", h.token)
		}
		fmt.Fprintf(p.out, "  console: %s\n", h.consoleLink())
	}
	if s.readyFile == "" {
		return nil
	}
	data, err := json.Marshal(ready)
	if err != nil {
		return err
	}
	return writePrivate(s.readyFile, append(data, '\n'))
}

// consoleLink opens the console. Browsers keep what stands behind # to themselves; the page takes the token from there.
func (h *house) consoleLink() string {
	link := h.control.URL() + control.ConsolePath
	if h.token != "" {
		link += "#token=" + url.PathEscape(h.token)
	}
	return link
}

// writePrivate puts what only its owner may read into a file, in one step. A file or link that stood there before is replaced,
// whatever its mode was; a pipe or a device is written to.
func writePrivate(name string, data []byte) error {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return os.WriteFile(name, data, 0o600)
	}
	return writeWhole(name, data)
}

// writeWhole puts a file in its place in one step, so that nobody who waits for it reads half of it.
func writeWhole(name string, data []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(name), ".understudy-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer os.Remove(temporary.Name())
	if _, err = temporary.Write(data); err == nil {
		err = temporary.Chmod(0o600)
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// shellText is a value as a shell takes it: quoted where it holds signs that mean something there.
func shellText(value string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-.@:/+=", c)
	}
	if value != "" && !strings.ContainsFunc(value, func(c rune) bool { return !plain(c) }) {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
