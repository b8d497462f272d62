package scan

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// A kind is what a file is for, as far as it decides which rule a credential in it breaks.
type kind int

// The kinds.
const (
	source  kind = iota
	prose        // text for people
	browser      // code that visitors get
	logFile      // logs and recorded traffic
	envFile      // variables for the environment
)

// A place is what is known of a file by its name and its beginning.
type place struct {
	kind        kind
	why         string // by what it was told, where that was a guess: "the folder frontend"
	environment string // that it is the configuration of: production, staging, test, development; empty: it does not say
	test        bool   // of tests, or of development machines
}

var (
	pageEndings   = []string{".html", ".htm", ".xhtml"}
	partEndings   = []string{".vue", ".svelte", ".astro"}
	scriptEndings = []string{".js", ".mjs", ".cjs", ".ts", ".mts", ".jsx", ".tsx", ".json", ".css"}
	proseEndings  = []string{".md", ".mdx", ".rst", ".txt", ".adoc", ".asciidoc", ".org", ".tex", ".1", ".5", ".8"}
	browserParts  = []string{"frontend", "front-end", "browser", "public", "static", "www", "wwwroot", "webroot", "htdocs", "webapp", "spa", "components", "webpack", "_next"}
	bundleParts   = []string{"dist", "build", "out", "assets", "bundles", "chunks"}
	serverParts   = []string{"server", "servers", "backend", "back-end", "api", "functions", "lambda", "worker", "workers", "cmd", "bin", "scripts", "node_modules"}
	testParts     = []string{"test", "tests", "__tests__", "e2e", "cypress", "testdata", "fixtures", "__mocks__", "mocks"}

	bundleName = lazily(`(?i)(?:\.min\.m?js|\.bundle\.js|\.chunk\.js|[.-][0-9a-f]{8,20}\.m?js|-[A-Za-z0-9_-]{8}\.m?js)$`)
	testName   = lazily(`(?i)(?:_test\.\w+|\.(?:test|spec|cy|e2e)\.\w+|_spec\.rb|^test_.*\.py|Tests?\.(?:java|kt|cs|swift|php))$`)
	logName    = lazily(`(?i)(?:\.log(?:[.-][\w.-]+)?|\.har|\.pcap|\.ndjson|\.jsonl|^access_log|^error_log)$`)
	sampleEnv  = lazily(`(?i)[._-](?:example|sample|template|tmpl|dist|defaults?|schema)$`)

	useClient  = lazily(`\A(?:\s|//[^\n]*\n|/\*(?s:.*?)\*/)*['"]use client['"]`)
	onServer   = lazily(`(?m)['"]use server['"]|require\(['"](?:node:|fs|http|https|express|koa|fastify|crypto|net)['"/]?|from ['"](?:node:\w|fs|express|koa|fastify|next/server|@nestjs)|^#!.*\bnode\b|\bgetServerSideProps\b|\bDeno\.serve\b`)
	inBrowsers = lazily(`\b(?:window\.|document\.(?:get|query|create|cookie|body|add)|localStorage\b|sessionStorage\b|navigator\.|addEventListener\()|\bcreateRoot\(|\bReactDOM\b|\bcreateApp\(`)

	environmentWord = lazily(`(?i)(?:^|[^a-z])(prod|production|live|prd|staging|stage|stg|uat|preview|preprod|qa|test|testing|ci|dev|develop|development|local|sandbox)(?:[^a-z]|$)`)
)

// environments gives the words for an environment one name.
var environments = map[string]string{
	"prod": "production", "production": "production", "live": "production", "prd": "production",
	"staging": "staging", "stage": "staging", "stg": "staging", "uat": "staging", "preview": "staging", "preprod": "staging", "qa": "staging",
	"test": "test", "testing": "test", "ci": "test",
	"dev": "development", "develop": "development", "development": "development", "local": "development", "sandbox": "sandbox",
}

// placeOf tells what a file is for; head is its beginning.
func placeOf(name string, head []byte) place {
	base := path.Base(name)
	ending := strings.ToLower(path.Ext(base))
	folders := strings.Split(strings.ToLower(path.Dir(name)), "/")
	p := place{environment: environmentOf(name)}
	p.test = testName().MatchString(base) || anyOf(folders, testParts) != "" || p.environment == "development" || p.environment == "test"
	switch {
	case isEnvFile(base):
		p.kind = envFile
	case logName().MatchString(base), anyOf(folders, []string{"log", "logs"}) != "" && slices.Contains([]string{"", ".txt", ".json", ".out", ".err"}, ending):
		p.kind = logFile
	case slices.Contains(proseEndings, ending):
		p.kind = prose
	default:
		p.kind, p.why = browserOrNot(base, ending, folders, head)
	}
	return p
}

// browserOrNot tells code for browsers from other source; why is set where another explanation is possible.
func browserOrNot(base, ending string, folders []string, head []byte) (kind, string) {
	switch {
	case slices.Contains(pageEndings, ending) && looksLikePage(head):
		return browser, ""
	case ending == ".vue", ending == ".svelte", useClient().Match(head):
		return browser, ""
	case ending == ".map":
		return browser, "it is a source map, which usually stands beside a bundle"
	case !slices.Contains(scriptEndings, ending) && !slices.Contains(partEndings, ending):
		return source, ""
	case onServer().Match(head) || strings.Contains(base, ".server."):
		return source, ""
	}
	if part := anyOf(folders, serverParts); part != "" {
		return source, ""
	}
	if part := anyOf(folders, browserParts); part != "" {
		return browser, "its folder is called " + part
	}
	code := ending != ".json" && ending != ".css"
	if part := anyOf(folders, bundleParts); code && part != "" && bundleName().MatchString(base) {
		return browser, "it is called like a bundle and stands in " + part
	}
	if code && bundleName().MatchString(base) && strings.Contains(strings.ToLower(base), "min.") {
		return browser, "it is called like a minified bundle"
	}
	if found := inBrowsers().Find(head); code && found != nil {
		return browser, "it uses " + strings.TrimRight(string(found), ".(")
	}
	if ending == ".jsx" || ending == ".tsx" {
		return browser, "its name ends in " + ending
	}
	return source, ""
}

func looksLikePage(head []byte) bool {
	low := bytes.ToLower(head)
	return bytes.Contains(low, []byte("<")) // templates begin with anything; a page without an element is text
}

// isEnvFile says that a file holds variables for the environment and is no sample of one.
func isEnvFile(base string) bool {
	low := strings.ToLower(base)
	named := low == ".env" || strings.HasPrefix(low, ".env.") || strings.HasPrefix(low, ".env-") || low == ".envrc" || strings.HasSuffix(low, ".env") && low != ".env"
	return named && !sampleEnv().MatchString(strings.TrimSuffix(low, ".env"))
}

// environmentOf gives the environment that the name of a file, or else of its folder, says.
func environmentOf(name string) string {
	for _, part := range []string{path.Base(name), path.Base(path.Dir(name))} {
		if found := environmentWord().FindStringSubmatch(part); found != nil {
			if code := strings.ToLower(path.Ext(part)); slices.Contains([]string{".go", ".py", ".rb", ".java", ".php", ".cs", ".rs", ".js", ".ts", ".tsx", ".jsx"}, code) && !isConfiguration(name) {
				continue // test_live.py is no configuration
			}
			return environments[strings.ToLower(found[1])]
		}
	}
	return ""
}

// isConfiguration says that a file of code is configuration, by the name of its folder or its own.
func isConfiguration(name string) bool {
	low := strings.ToLower(name)
	return strings.Contains(low, "config") || strings.Contains(low, "settings") || strings.Contains(low, "environment")
}

// anyOf gives the first of the parts that is one of the words.
func anyOf(parts, words []string) string {
	for _, part := range parts {
		if slices.Contains(words, part) {
			return part
		}
	}
	return ""
}
