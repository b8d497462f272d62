package conformance_test

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants every goroutine to have ended when the tests have: what was closed is over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(idle{m}) }

// idle lets the connections of the default client go, which no test of its own closes.
type idle struct{ *testing.M }

func (m idle) Run() int {
	defer http.DefaultClient.CloseIdleConnections()
	return m.M.Run()
}
