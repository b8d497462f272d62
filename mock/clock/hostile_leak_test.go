package clock_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain wants every goroutine to have ended when the tests have: what was closed is over.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
