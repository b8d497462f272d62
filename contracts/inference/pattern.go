package inference

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first tried. Bounded repetitions make large programs, and few processes have
// use for all of them; those that serve nothing would pay for them at their start.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
