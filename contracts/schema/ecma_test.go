package schema_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"understudy/contracts/schema"
)

// matcher compiles a pattern by way of a schema; ok is false where it is not asserted.
func matcher(t testing.TB, pattern string) (match func(string) bool, ok bool) {
	text, err := json.Marshal(map[string]any{"pattern": pattern})
	if err != nil {
		t.Fatal(err)
	}
	s, warnings := compileText(t, v31, string(text))
	return func(v string) bool { return s.Valid(v, schema.Request) }, len(warnings) == 0
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern      string
		match, other []string
	}{
		{`a`, []string{"a", "bab"}, []string{"b", ""}},
		{`^a$`, []string{"a"}, []string{"a\n", "\na", "ab"}},
		{`^\d+$`, []string{"09"}, []string{"٠", "a"}},
		{`^\w\W$`, []string{"_-", "aé"}, []string{"é-"}},
		{`^\s$`, []string{"\u00a0", "\ufeff", "\v", "\u2003"}, []string{"\u200b", "a"}},
		{`^.$`, []string{"a", "😀", "\u0085"}, []string{"\n", "\u2028", ""}},
		{`^[^]$`, []string{"\n"}, []string{""}},
		{`^[]$`, nil, []string{"", "a"}},
		{`^\u0041\x42\cJ\0\t$`, []string{"AB\n\x00\t"}, []string{"AB"}},
		{`^\u{1F600}\uD83D\uDE00$`, []string{"😀😀"}, []string{"😀"}},
		{`^\/\-\_\@\.$`, []string{"/-_@."}, []string{"/-_@x"}},
		{`^\p{L}\p{Lu}\P{N}\p{Script=Greek}\p{Letter}$`, []string{"éÉxαd"}, []string{"1ÉxαD", "éÉ1αd"}},
		{`^[\p{L}\d_-]+$`, []string{"é1_-"}, []string{"é "}},
		{`^[\w-.]+$`, []string{"a-.b"}, []string{"a b"}},
		{`^[^\W\d]$`, []string{"a", "_"}, []string{"1", "-"}},
		{`^[\b\]\\^-]+$`, []string{"\b]\\^-"}, []string{"b"}},
		{`^(?<year>\d{4})-(?:\d{2})$`, []string{"2024-05"}, []string{"2024-5"}},
		{`^(a|b)*?c{2,}d{1}e{0,2}$`, []string{"abccd", "cccdee"}, []string{"cd", "ccdeee"}},
		{`^{a}$`, []string{"{a}"}, []string{"a"}},
		{`^a{,2}$`, []string{"a{,2}"}, []string{"aa"}},
		{`^(?i)abc$`, []string{"ABC"}, []string{"abd"}},
		{`^(?i:a)b$`, []string{"Ab"}, []string{"AB"}},
		{`^a++b$`, []string{"aab"}, []string{"b"}},
		{`\Aab\z`, []string{"ab"}, []string{"abc"}},
		{`\bfoo\B`, []string{"a foot"}, []string{"foo", "afoot"}},
		{`a|^b|c$`, []string{"xa", "bx", "xc"}, []string{"xb", "cx"}},
		{`^x(a|b|cd)y$`, []string{"xay", "xcdy"}, []string{"xcy"}},
		// What RE2 cannot do.
		{`^(?=.*[A-Z])(?=.*\d).{8,}$`, []string{"abcdefG1"}, []string{"abcdefg1", "aG1"}},
		{`^(?!.*\.\.)[a-z.]+$`, []string{"a.b"}, []string{"a..b"}},
		{`(?<=\$)\d+$`, []string{"$10"}, []string{"10"}},
		{`^(?<!a)b|(?<!a)c`, []string{"b", "xc"}, []string{"ac"}},
		{`^(['"]).*\1$`, []string{`'a'`, `"a"`}, []string{`'a"`}},
		{`^(?<q>a|b)\k<q>$`, []string{"aa", "bb"}, []string{"ab"}},
		{`^(?:(a)|b)\1$`, []string{"aa", "b"}, []string{"ab"}},
		{`^(?i)(?=x)X$`, []string{"x", "X"}, []string{"y"}},
		{`^[a-z]{1,2000}$`, []string{strings.Repeat("a", 2000)}, []string{strings.Repeat("a", 2001), ""}},
		{`^(?=a)(a*)*$`, []string{"aaa"}, []string{"aab"}},
		{`^(?=[^]*?é)(?:\p{L}|\s)+?$`, []string{"a é"}, []string{"a e", "é1"}},
	} {
		match, ok := matcher(t, c.pattern)
		if !ok {
			t.Errorf("%s cannot be read", c.pattern)
			continue
		}
		for _, text := range c.match {
			if !match(text) {
				t.Errorf("%s does not match %q", c.pattern, cutTo(text))
			}
		}
		for _, text := range c.other {
			if match(text) {
				t.Errorf("%s matches %q", c.pattern, cutTo(text))
			}
		}
	}
}

func TestUnreadablePatterns(t *testing.T) {
	for _, pattern := range []string{`[`, `(`, `)`, `a**`, `*`, `\`, `[b-a]`, `a{2,1}`, `\p{Nope}`, `\2`, `\k<x>`, `(?=a`, `(?#x)`,
		strings.Repeat("(", 2000) + strings.Repeat(")", 2000), `(((a{1000}){1000}){1000}){1000}`, `\u{110000}`} {
		match, ok := matcher(t, pattern)
		if ok {
			t.Errorf("%s gives no warning", cutTo(pattern))
		}
		if !match("anything") {
			t.Errorf("%s is asserted", cutTo(pattern))
		}
	}
}

// TestPatternsEnd wants an answer soon, where plain backtracking would take years: what cannot be judged is let through.
func TestPatternsEnd(t *testing.T) {
	for _, pattern := range []string{`^(?=(a+)+$)b`, `(?=((a*)*)*$)b`, `^(?!x)(a|aa)+$`, `(?<=(a|b)*c)d`, `(x+x+)+y(?!z)`, `^(?=a)(?:(?:){50000}){50000}b`} {
		match, _ := matcher(t, pattern)
		start := time.Now()
		match(strings.Repeat("a", 5000) + "!")
		match(strings.Repeat("x", 5000))
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s takes %v", pattern, d)
		}
	}
}

// FuzzPattern holds patterns that both languages have to what Go's package says, and wants an end of all others.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{`^[a-c]{2,3}(x|y)*?$`, `a+?b|c{0,2}`, `[^ab]-z`, `(?=a)\1(b)`, `^(?<!a)(?<n>b)\k<n>$`, `\p{L}`, `[\w-a]`} {
		f.Add(seed, "abcxy")
	}
	common := regexp.MustCompile(`^[a-z|()^$.?*+]*$`)
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(text) > 1000 {
			return
		}
		match, ok := matcher(t, pattern)
		got := match(text)
		if again := match(text); got != again {
			t.Fatal("two answers")
		}
		re, err := regexp.Compile(pattern)
		if !common.MatchString(pattern) || strings.Contains(pattern, "(?") || err != nil || !ok || strings.ContainsAny(text, "\r\u2028\u2029") {
			return
		}
		if want := re.MatchString(text); pattern != "" && got != want {
			t.Fatalf("%q on %q: %v, Go says %v", pattern, text, got, want)
		}
	})
}
