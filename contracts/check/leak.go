package check

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// A leak is a kind of text that only the inside of a server knows.
type leak struct {
	kind    string
	what    string
	hints   []string // one of them must be there before the expression is tried
	pattern func() *regexp.Regexp
	sure    bool
}

// lazily compiles an expression when it is tried first. The bounded repetitions in them make large programs, which a process that
// judges nothing has no use for.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var leakKinds = []leak{
	{"stack trace", "a stack trace of Java", []string{".java:"}, lazily(`\bat [\w$.<>]{3,200}\([\w$]{1,100}\.(?:java|kt|scala):\d+\)`), true},
	{"stack trace", "a stack trace of Python", []string{"Traceback (most"}, lazily(`Traceback \(most recent call last\)`), true},
	{"stack trace", "a stack trace of .NET", []string{" in ", ":line "}, lazily(`\bat [\w.<>\x60]{3,200}\([^()\n]{0,200}\) in [^\n]{1,200}:line \d+`), true},
	{"stack trace", "a stack trace of Go", []string{"goroutine "}, lazily(`\bgoroutine \d+ \[[a-z ,]+\]:`), true},
	{"stack trace", "a stack trace of JavaScript", []string{".js:", ".ts:", "node:"}, lazily(`\bat [^\n()"]{0,100}\(?(?:/|file:|node:|[A-Za-z]:\\)[^\n()"]{1,200}:\d+:\d+\)?`), true},
	{"stack trace", "a stack trace of PHP", []string{".php"}, lazily(`(?:#\d+ |\bin |\(|")(?:/|\\/|[A-Za-z]:\\)[\w./\\ -]{1,200}\.php(?:\(|:| on line |" ?, ?"line" ?: ?)\d+`), true},
	{"stack trace", "a stack trace of Ruby", []string{".rb:"}, lazily(`[\w./-]{1,200}\.rb:\d+:in [\x60']`), true},
	{"SQL", "an error of a database", []string{"SQLSTATE"}, lazily(`SQLSTATE ?[\[(:]? ?[0-9A-Z]{5}`), true},
	{"SQL", "an error of a database", []string{"ORA-"}, lazily(`\bORA-\d{5}\b`), true},
	{"SQL", "an error of a database", []string{"your SQL syntax", "at or near", "Unclosed quotation", "SQLITE_"}, lazily(`error in your SQL syntax|syntax error at or near|Unclosed quotation mark after|\bSQLITE_[A-Z]{3,}`), true},
	{"SQL", "a constraint of a database", []string{"constraint"}, lazily(`violates (?:unique|foreign key|not-null|check) constraint`), true},
	{"SQL", "a statement for a database", []string{"SELECT ", "INSERT INTO ", "DELETE FROM ", "UPDATE ", "select ", "insert into ", "delete from "}, lazily(`(?i)\bselect [\w*.,\x60"\\ ]{1,200} from [\w.\x60"\\]+ (?:where|limit|order|inner|left|join)\b|\binsert into [\w.\x60"\\]+ ?\([^()]{1,200}\) ?values\b|\bdelete from [\w.\x60"\\]+ where\b`), false},
	{"path", "a path of the server's files", []string{"/home/", "/usr/", "/var/", "/srv/", "/opt/", "/app/", "/root", `\/`}, lazily(`(?:\\?/)(?:home|usr|var|srv|opt|app|root)(?:\\?/)[\w.@/\\-]{1,200}\.(?:py|js|ts|rb|php|go|java|ex|cs|pl|jar|so|conf|sock|sqlite3?|log)\b`), false},
	{"path", "a path of the server's files", []string{`:\`}, lazily(`\b[A-Za-z]:\\{1,2}(?:Users|inetpub|Windows|Program Files|www|app)\\`), false},
	{"host", "the name of an internal host", []string{".svc", ".internal", ".local", ".lan"}, lazily(`\b[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:svc\.cluster\.local|svc|internal|local|lan)\b(?::\d{2,5})?`), false},
	{"host", "an internal address", []string{"10.", "192.168.", "172."}, lazily(`\b(?:10\.\d{1,3}\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}):\d{2,5}\b`), false},
}

// maxScanned is how much of an error is searched for what must not be there.
const maxScanned = 64 << 10

// leaks looks in errors for what only the inside of a server knows (ERR-005). What the request itself held, or what the
// document shows in an example, is passed over.
func (p *pass) leaks() {
	if p.x.Status < 400 || !p.textOK || !p.e.selected.Has("ERR-005") || !textual(bareType(p.contentType)) {
		return
	}
	text := string(p.text[:min(len(p.text), maxScanned)])
	for i := range leakKinds {
		k := &leakKinds[i]
		if !k.hinted(text) {
			continue
		}
		for _, match := range k.pattern().FindAllString(text, 5) {
			if p.echoed(match) || k.kind == "host" && p.ownHost(match) {
				continue
			}
			f := Finding{
				Message: fmt.Sprintf("The error that %s sent with %s holds %s.", p.label(), statusText(p.x.Status), k.what),
				Want:    "nothing of the server's inside", Got: cut(match, 80), Where: "response body", Keyword: k.kind,
			}
			if !k.sure {
				f.Certainty = Likely
			}
			p.report("ERR-005", f)
			break
		}
	}
}

func (k *leak) hinted(text string) bool {
	for _, hint := range k.hints {
		if strings.Contains(text, hint) {
			return true
		}
	}
	return false
}

// textual says whether a type is read by people or programs as text; one without a type may be.
func textual(name string) bool {
	return name == "" || strings.HasPrefix(name, "text/") || isJSON(name) || isXML(name)
}

// echoed says that a text came with the request, or that the document's own examples of the answer have it.
func (p *pass) echoed(match string) bool {
	if strings.Contains(p.x.URL, match) || strings.Contains(string(p.x.RequestBody), match) {
		return true
	}
	for _, lines := range p.x.RequestHeader {
		for _, line := range lines {
			if strings.Contains(line, match) {
				return true
			}
		}
	}
	if p.response == nil {
		return false
	}
	for _, m := range p.response.Content {
		for _, example := range m.Examples {
			if strings.Contains(fmt.Sprint(example.Value), match) {
				return true
			}
		}
	}
	return false
}

// ownHost says that a host is one that the client was sent to: the target's, or a server of the document.
func (p *pass) ownHost(match string) bool {
	host, _, _ := strings.Cut(match, ":")
	if strings.Contains(p.x.URL, host) {
		return true
	}
	for _, target := range p.e.options.Targets {
		if strings.Contains(target, host) {
			return true
		}
	}
	for _, s := range p.e.contract.Servers {
		if strings.Contains(s.URL, host) {
			return true
		}
	}
	return false
}
