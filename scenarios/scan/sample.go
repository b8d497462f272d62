package scan

import (
	"math"
	"strings"
)

// Words in texts that stand for a credential and are none. Short ones stand in random texts by chance, so there are none.
var sampleWords = []string{
	"example", "sample", "placeholder", "dummy", "redacted", "changeme", "change_me", "replace", "insert", "notreal", "not_real", "xxxxx", "secret_here", "yourkey",
	"your_", "your-", "yourapi", "todo_", "abcdefgh", "12345678", "deadbeef", "........", "********",
}

// sample says that a text is one that nobody issues: it repeats, counts up, reads like words, or says what it stands for. prefix is the
// length of the part that all credentials of the kind share.
func sample(text string, prefix int) bool {
	body := text[min(prefix, len(text)):]
	low := strings.ToLower(body)
	for _, word := range sampleWords {
		if strings.Contains(low, word) {
			return true
		}
	}
	return len(body) < 8 || predictable(low) || readable(body) || entropy(body) < leastEntropy(len(body))
}

// predictable says that most characters follow from the ones before: runs, sequences, two sequences in turn (1a2b3c), repetitions.
func predictable(body string) bool {
	n := len(body)
	follows := make([]bool, n)
	mark := func(from int, ok func(i int) bool, run int) {
		for i := from; i < n; {
			j := i
			for j < n && ok(j) {
				j++
			}
			if j-i >= run {
				for k := i; k < j; k++ {
					follows[k] = true
				}
			}
			i = j + 1
		}
	}
	mark(1, func(i int) bool { return body[i] == body[i-1] }, 2)
	mark(1, func(i int) bool { return step(body[i-1], body[i]) == 1 }, 3)
	mark(1, func(i int) bool { return step(body[i-1], body[i]) == -1 }, 3)
	mark(2, func(i int) bool { return step(body[i-2], body[i]) == 1 }, 4)
	for period := 2; period <= n/2; period++ {
		mark(period, func(i int) bool { return body[i] == body[i-period] }, 4)
	}
	known := 0
	for _, f := range follows {
		if f {
			known++
		}
	}
	return 2*known >= n
}

// step is how far apart two letters, or two digits, are; far, where they are of two kinds.
func step(a, b byte) int {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	if digit(a) != digit(b) {
		return 99
	}
	return int(b) - int(a)
}

// readable says that a text consists of letters only, with vowels as words have them. In random letters five consonants follow each
// other before long.
func readable(body string) bool {
	run := 0
	for _, c := range []byte(strings.ToLower(body)) {
		switch {
		case c == '_' || c == '-' || c == '.':
			run = 0
		case c < 'a' || c > 'z':
			return false
		case strings.IndexByte("aeiouy", c) >= 0:
			run = 0
		default:
			if run++; run > 4 {
				return false
			}
		}
	}
	return true
}

// entropy is Shannon's, in bits a character, of the text taken by itself.
func entropy(text string) float64 {
	var count [256]int
	for i := range len(text) {
		count[text[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(text))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// leastEntropy is what a random text of a length hardly ever stays below, hexadecimal ones included.
func leastEntropy(length int) float64 {
	return math.Min(2.6, 0.6*math.Log2(float64(length)))
}
