package scan

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// logCall is the beginning of a call that writes to a log or to the terminal.
var logCall = lazily(`(?:\bconsole\.(?:log|info|warn|error|debug|trace|dir|table)|\b(?:[Ll]og|[Ll]ogger|LOG|LOGGER|logging|slog|winston|pino|syslog|_log|_logger)(?:\.|->|::)\w+|\blog\.\w+|\bfmt\.F?[Pp]rint\w*|` +
	`\bSystem\.(?:out|err)\.print\w*|\bConsole\.Write\w*|\berror_log|\bvar_dump|\bprint_r|\bdd|\bNSLog|\bprint(?:ln|f)?|\b(?:tracing::)?(?:trace|debug|info|warn|error)!|\be?println!|\bRails\.logger\.\w+|\b(?:puts|echo|Write-(?:Host|Output|Error)))\s*[( ]`)

// logWords are those of which every such call has one.
var logWords = [][]byte{[]byte("log"), []byte("Log"), []byte("LOG"), []byte("rint"), []byte("dump"), []byte("dd"), []byte("Write"), []byte("pino"), []byte("winston"), []byte("echo"), []byte("puts"), []byte("onsole"), []byte("!")}

// access is how code reads a variable of the environment, in front of its name.
var access = lazily(`(?:process\.env\.|process\.env\[["'\x60]|import\.meta\.env\.|\bBun\.env\.|\b(?:[Gg]etenv|[Ee]nv|LookupEnv|lookupEnv|GetEnvironmentVariable|Deno\.env\.get|ENV\.fetch|environ\.get|env::var|config)\(\s*["'\x60]|\b(?:ENV|environ|\$_ENV|\$_SERVER)\[["'])$`)

// shellCall and shellAccess are what shells write instead.
var (
	shellCall   = lazily(`^(?:echo|printf|Write-)`)
	shellAccess = lazily(`(?:\$\{?|\$env:|%)$`)
)

// reading is how code reads a header, in front of its name.
var reading = lazily(`(?i)(?:headers?\[["'\x60]|headers?\.|\b(?:get|header|getHeader)\(\s*["'\x60])$`)

// harmless is what masks a value, or only asks about it, in front of it.
var harmless = lazily(`(?i)(?:mask\w*|redact\w*|hash\w*|sha\w*|fingerprint\w*|obfuscate\w*|hide\w*|len|bool|boolean|typeof|isset|empty|strlen|!+|has\w*)[\s(]*[\w.$]*$`)

// asked is what only asks about a value, behind it.
var asked = lazily(`\A["'\])}]*(?:\s*(?:===?|!==?|\?[^?.]|&&|is\b|in\b|==)|\s*\.\s*(?:length|slice|substring|substr|startsWith|endsWith|last4|Len|size|count|present\?|nil\?)|\?\.(?:length|slice|substring)|\[-?\d*:|\s*:\s)`)

const mostStatement = 400 // bytes of one that are looked at

// loggedAt says whether the name at a place is the value of an argument of a log statement on its line, and where the statement's look
// ended. A variable of the environment has to be read there; any other name has to stand outside of messages.
func loggedAt(text []byte, from, end int, env bool) (last int, ok bool) {
	start := max(0, from-mostStatement)
	start += bytes.LastIndexByte(text[start:from], '\n') + 1
	if !slices.ContainsFunc(logWords, func(word []byte) bool { return bytes.Contains(text[start:from], word) }) {
		return 0, false
	}
	calls := logCall().FindAllIndex(text[start:from], -1)
	if calls == nil || comment(text[start:from]) {
		return 0, false
	}
	stop := len(text)
	if n := bytes.IndexByte(text[from:], '\n'); n >= 0 {
		stop = from + n
	}
	stop = min(stop, from+mostStatement)
	argument := text[start+calls[len(calls)-1][1] : from]
	behind := text[end:stop]
	if over(argument) || !ends(text, end) || harmless().Match(argument) || asked().Match(behind) {
		return 0, false
	}
	call := text[start+calls[len(calls)-1][0] : from]
	switch {
	case env:
		found := access().FindIndex(argument)
		if found == nil && shellCall().Match(call) {
			found = shellAccess().FindIndex(argument)
		}
		return stop, found != nil && !harmless().Match(argument[:found[0]])
	case reading().Match(argument):
		return stop, true
	case wordByteBefore(argument):
		return 0, false
	case strings.EqualFold(string(text[from:end]), "authorization"):
		return 0, false // the word alone is many things
	case quoted(argument):
		return stop, interpolated().Match(argument)
	}
	rest := bytes.TrimLeft(behind, " ")
	return stop, len(rest) == 0 || strings.IndexByte(",)+;}].|&`\"", rest[0]) >= 0
}

// interpolated is the beginning of an expression inside a text, up to a name in it: `${client.
var interpolated = lazily(`\{\s*(?:[\w$]+\.)*$`)

func wordByteBefore(text []byte) bool { return len(text) > 0 && wordByte(text[len(text)-1]) }

// quoted says that a quotation is open at the end of a text.
func quoted(text []byte) bool {
	open, _ := follow(text)
	return open
}

// over says that a call whose arguments begin with a text is over at the text's end.
func over(arguments []byte) bool {
	_, depth := follow(arguments)
	return depth < 0
}

// follow goes through the beginning of an argument list: whether a quotation is open at its end, and how many brackets are, less than none
// where the list has been closed.
func follow(text []byte) (open bool, depth int) {
	var quote byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case quote == 0 && (c == '"' || c == '\'' || c == '`'):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && c == '(':
			depth++
		case quote == 0 && c == ')':
			if depth--; depth < 0 {
				return false, depth
			}
		case quote == 0 && c == ';':
			return false, -1
		}
	}
	return quote != 0, depth
}

// comment says that a line is a comment up to a place.
func comment(before []byte) bool {
	trimmed := bytes.TrimLeft(before, " \t")
	for _, sign := range []string{"//", "#", "*", "/*", "--", ";", "<!--"} {
		if bytes.HasPrefix(trimmed, []byte(sign)) {
			return true
		}
	}
	return false
}

// publicPrefixes are those by which build tools tell what goes into the code for browsers.
var publicPrefixes = []string{"NEXT_PUBLIC_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "VITE_", "REACT_APP_", "VUE_APP_", "GATSBY_", "PUBLIC_", "NG_APP_", "MIX_", "STORYBOOK_", "SNOWPACK_PUBLIC_", "PARCEL_PUBLIC_"}

// public finds a variable of a credential behind such a prefix.
func (e *examination) public(w *word, from, end int) {
	if e.unit.place.kind == prose || e.unit.place.kind == logFile || e.unit.commit != nil {
		return
	}
	for _, prefix := range publicPrefixes {
		start := from - len(prefix)
		if start >= 0 && string(e.text[start:from]) == prefix && begins(e.text, start) {
			e.finds = append(e.finds, find{from: start, to: end, rule: published, contracts: owners(w.contract), text: prefix + w.text, name: w.name})
			return
		}
	}
}

// inQuery is what stands between the name of a query parameter and a variable that is put there.
var inQuery = lazily(`[?&][\w.\[\]-]{1,40}=(?:["'\x60]?\s*(?:\+|\.)\s*|\$\{\s*|#\{\s*|\{\s*)?(?:encodeURIComponent\(|url\.QueryEscape\(|os\.)?$`)

// query finds a variable of a credential that is put into a URL.
func (e *examination) query(w *word, from, end int) {
	if e.unit.commit != nil || e.unit.place.kind == logFile {
		return
	}
	before := e.text[max(0, from-160):from]
	if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
		before = before[i+1:]
	}
	if !bytes.ContainsAny(before, "?&") {
		return
	}
	found := access().FindIndex(before)
	if found == nil || !inQuery().Match(before[:found[0]]) {
		return
	}
	e.finds = append(e.finds, find{from: from, to: end, rule: inAddress, contracts: owners(w.contract), text: w.text, name: w.name, likely: "what is put together here may not be sent"})
}

// clear finds a URL without TLS that leads to a host of the contract.
func (e *examination) clear(w *word, from, end int) {
	if e.unit.place.kind == prose || e.unit.commit != nil || end < len(e.text) && (wordByte(e.text[end]) || e.text[end] == '-' || e.text[end] == '.' && end+1 < len(e.text) && wordByte(e.text[end+1])) {
		return
	}
	for _, scheme := range []string{"http://", "ws://", `http:\/\/`, `ws:\/\/`} {
		start := from - len(scheme)
		if start >= 0 && strings.EqualFold(string(e.text[start:from]), scheme) && begins(e.text, start) {
			e.finds = append(e.finds, find{from: start, to: end, rule: inClear, contracts: owners(w.contract), text: w.text})
			return
		}
	}
}

var plainURL = lazily("\\A[\"'\\])]{0,3}[ \\t]{0,8}(?::=|=>|=|:|,)[ \\t]{0,8}[\"'`]?((?:http|ws)://[A-Za-z0-9._:\\[\\]-]{1,255})")

// clearValue finds a URL without TLS behind the contract's name for its base URL.
func (e *examination) clearValue(w *word, from, end int) {
	at := plainURL().FindSubmatchIndex(e.text[end:min(len(e.text), end+400)])
	if at == nil || e.unit.place.kind == prose || e.unit.commit != nil {
		return
	}
	u, err := url.Parse(string(e.text[end+at[2] : end+at[3]]))
	if err != nil || u.Host == "" || private(u.Hostname()) || e.hostOf(w.contract, u.Hostname()) {
		return
	}
	e.finds = append(e.finds, find{from: end + at[2], to: end + at[3], rule: inClear, contracts: owners(w.contract), text: w.text, variable: w.text})
}

// hostOf says that a host is one of the contract's own, which is found by itself.
func (e *examination) hostOf(contract int, name string) bool {
	for i := range e.scanner.words {
		if w := &e.scanner.words[i]; w.use == host && w.contract == contract && strings.EqualFold(w.text, name) {
			return true
		}
	}
	return false
}
