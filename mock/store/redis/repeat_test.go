package redis_test

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"understudy/mock/store/redis"
	"understudy/mock/store/redis/redistest"
)

// A losing proxy carries what is said to a server and back, until a request holds a certain text: the answer to that one is lost
// with its connection, and nothing else reaches the server before Open.
type losing struct {
	to, text string
	lost     chan struct{} // closed when the answer is lost
	open     chan struct{} // closed by Open

	once sync.Once
}

// startLosing starts a proxy that ends with the test, and gives its address.
func startLosing(t *testing.T, to, text string) (*losing, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &losing{to: to, text: text, lost: make(chan struct{}), open: make(chan struct{})}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.carry(c)
		}
	}()
	return p, l.Addr().String()
}

func (p *losing) carry(client net.Conn) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", p.to)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	swallow := make(chan struct{})
	go func() {
		room := make([]byte, 64<<10)
		for {
			n, err := server.Read(room)
			select {
			case <-swallow:
				_ = client.Close()
				p.once.Do(func() { close(p.lost) })
				return
			default:
			}
			if err != nil {
				_ = client.Close()
				return
			}
			_, _ = client.Write(room[:n])
		}
	}()
	room := make([]byte, 64<<10)
	for {
		n, err := client.Read(room)
		if err != nil {
			return
		}
		select {
		case <-p.lost:
			<-p.open
		default:
			if bytes.Contains(room[:n], []byte(p.text)) {
				close(swallow)
			}
		}
		if _, err := io.Copy(server, bytes.NewReader(room[:n])); err != nil {
			return
		}
	}
}

// TestRepeatedLate: a change whose answer was lost happens once, although it is asked for again when the log does not hold it
// any more.
func TestRepeatedLate(t *testing.T) {
	server := redistest.Start(t, "--appendfsync", "no")
	proxy, address := startLosing(t, server.Address(), "needle")
	short := func(o *redis.Options) { o.Kept, o.Timeout = 2, 30*time.Second }
	a, b := space(t, connect(t, "redis://"+address, short), "shop"), space(t, connect(t, server.URL(), short), "shop")
	if err := a.Update(t.Context(), add("n")); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- a.Update(t.Context(), add("n needle")) }()
	select {
	case <-proxy.lost:
	case err := <-done:
		t.Fatalf("the answer was not lost: %v", err)
	}
	for range 500 {
		if err := b.Update(t.Context(), add("n")); err != nil {
			t.Fatal(err)
		}
	}
	close(proxy.open)
	if err := <-done; err != nil {
		t.Error(err)
	}
	for key, want := range map[string]string{"n": "501", "n needle": "1"} {
		if got := read(t, a, key); got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
}
