package control_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants every goroutine to have ended when the tests have: what was closed is over.
// Connections of the tests' own clients, whose answers not all of them close, are theirs.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(idle{m}, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// idle lets the connections of the default client go, which no test of its own closes.
type idle struct{ *testing.M }

func (m idle) Run() int {
	defer http.DefaultClient.CloseIdleConnections()
	return m.M.Run()
}
