package scan

import (
	"regexp"
	"sync"
)

// lazily compiles an expression when it is first tried: those that scan nothing would pay for all of them at their start.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
