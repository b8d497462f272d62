package contracts

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first tried. Bounded repetitions make large programs, and most contracts have no
// use for most of them; a process would pay for all of them at its start.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
