package realtime

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first tried. Bounded repetitions make large programs, and a process
// without an application would pay for them at its start.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
