// Client is the program that scripts rehearse.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"understudy/contracts/signature"
)

// A rehearsed is the program that scripts rehearse: a client of EcoEvents that does what its arguments say, one after the other.
type rehearsed struct {
	base, key string
	patience  int // attempts at a call
	rash      bool
	header    string // that the key stands in; empty: Authorization
	client    *http.Client

	mu   sync.Mutex
	good map[string]bool // deliveries by the id of the event
	bad  int
}

func main() {
	c := &rehearsed{base: os.Getenv("ECOEVENTS_BASE_URL"), key: os.Getenv("ECOEVENTS_API_KEY"), patience: 5, client: &http.Client{Timeout: 10 * time.Second}, good: map[string]bool{}}
	for _, arg := range os.Args[1:] {
		word, value, _ := strings.Cut(arg, "=")
		if err := c.act(word, value); err != nil {
			fmt.Fprintln(os.Stderr, "client:", err)
			os.Exit(1)
		}
	}
}

func (c *rehearsed) act(word, value string) error {
	switch word {
	case "base": // in place of the stand-in's
		c.base = value
	case "header":
		c.header = value
	case "rash": // attempts without a pause, whatever the answer asks for
		c.rash = true
	case "get":
		return c.call("GET", value, "")
	case "create":
		return c.call("POST", "/v1/events", `{"name":"`+value+`","format":"virtual","startsAt":"2026-09-15T07:00:00Z","endsAt":"2026-09-16T16:00:00Z","timezone":"Europe/Stockholm","capacity":10}`)
	case "print":
		fmt.Println(value)
	case "env":
		fmt.Printf("%s=%s\n", value, os.Getenv(value))
	case "stdin":
		_, err := io.Copy(os.Stdout, os.Stdin)
		return err
	case "exit":
		status, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		os.Exit(status)
	case "touch":
		return os.WriteFile(value, nil, 0o600)
	case "kill":
		self, err := os.FindProcess(os.Getpid())
		if err != nil {
			return err
		}
		return self.Kill()
	case "stay": // until a signal comes, which it tells
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		if err := os.WriteFile(value, nil, 0o600); err != nil {
			return err
		}
		fmt.Println("got", <-signals)
		os.Exit(7)
	case "stubborn": // whatever signal comes
		signal.Ignore(os.Interrupt, syscall.SIGTERM)
		if err := os.WriteFile(value, nil, 0o600); err != nil {
			return err
		}
		select {}
	case "child": // a process of its own that stays
		signal.Notify(make(chan os.Signal, 1), os.Interrupt) // which ends the child, and by that us
		child := exec.Command("client", "stay="+value)
		child.Stdout = os.Stdout
		return child.Run()
	case "receive":
		return c.receive(value)
	case "ordered": // waits until trouble of a kind is ordered for the next deliveries
		return c.ordered(value)
	case "await":
		return c.await(value)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return nil
}

// call sends a request, and again where that helps.
func (c *rehearsed) call(method, path, body string) error {
	for attempt := 1; ; attempt++ {
		q, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		if c.header == "" {
			q.Header.Set("Authorization", "Bearer "+c.key)
		} else {
			q.Header.Set(c.header, c.key)
		}
		q.Header.Set("User-Agent", "client/1.0 (rehearsal)")
		q.Header.Set("Accept", "application/json")
		if body != "" {
			q.Header.Set("Content-Type", "application/json")
		}
		a, err := c.client.Do(q)
		wait := time.Duration(attempt) * 200 * time.Millisecond
		if err == nil {
			_, _ = io.Copy(io.Discard, a.Body)
			_ = a.Body.Close()
			if a.StatusCode/100 == 2 {
				fmt.Println(method, path, a.StatusCode)
				return nil
			}
			if seconds, wrong := strconv.Atoi(a.Header.Get("Retry-After")); wrong == nil {
				wait = time.Duration(seconds)*time.Second + 50*time.Millisecond
			}
			if a.StatusCode != 429 && a.StatusCode < 500 {
				return fmt.Errorf("%s %s: %d", method, path, a.StatusCode)
			}
			err = fmt.Errorf("%s %s: %d", method, path, a.StatusCode)
		}
		if attempt == c.patience {
			return err
		}
		if !c.rash {
			time.Sleep(wait)
		}
	}
}

// receive takes webhooks at an address of this machine.
func (c *rehearsed) receive(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	secret := os.Getenv("ECOEVENTS_WEBHOOK_SECRET")
	go func() {
		_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			body, err := io.ReadAll(q.Body)
			if err == nil {
				err = signature.Scheme{Kind: signature.StandardWebhooks}.Verify(q.Header, signature.Message{Body: body}, time.Now(), secret)
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if err != nil {
				c.bad++
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			if bytes.Contains(body, []byte(`"type":"event.created"`)) {
				c.good[q.Header.Get("webhook-id")] = true
			}
		}))
	}()
	return nil
}

// ordered asks the stand-in's management API, whose address and token the rehearsal hands over too.
func (c *rehearsed) ordered(kind string) error {
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		q, err := http.NewRequest("GET", os.Getenv("UNDERSTUDY_CONTROL_URL")+"/contracts/ecoevents/misbehaviours", nil)
		if err != nil {
			return err
		}
		q.Header.Set("Authorization", "Bearer "+os.Getenv("UNDERSTUDY_CONTROL_TOKEN"))
		a, err := c.client.Do(q)
		if err != nil {
			return err
		}
		var list struct{ Ordered []struct{ Kind string } }
		err = json.NewDecoder(a.Body).Decode(&list)
		_ = a.Body.Close()
		if a.StatusCode != 200 || err != nil {
			return fmt.Errorf("the management API answered %d, %v", a.StatusCode, err)
		}
		if slices.ContainsFunc(list.Ordered, func(o struct{ Kind string }) bool { return o.Kind == kind }) {
			return nil
		}
	}
	return fmt.Errorf("%s was never ordered", kind)
}

// await waits for good deliveries of so many events, and of so many bad ones: GOOD,BAD.
func (c *rehearsed) await(value string) error {
	var good, bad int
	if _, err := fmt.Sscanf(value, "%d,%d", &good, &bad); err != nil {
		return err
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		c.mu.Lock()
		gotGood, gotBad := len(c.good), c.bad
		c.mu.Unlock()
		if gotGood >= good && gotBad >= bad {
			fmt.Println("events:", gotGood)
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d good deliveries and %d bad ones came, want %s", gotGood, gotBad, value)
		}
	}
}
