package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const vaultDocument = `
openapi: 3.1.0
info: {title: Vault, version: "1"}
paths:
  /login:
    post:
      operationId: login
      security: [{basic: []}]
      requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, properties: {user: {type: string}, password: {type: string}}}}}}
      responses:
        "200": {description: In., content: {application/json: {schema: {type: object, required: [missing], properties: {access_token: {type: string}, pin: {type: integer, format: password}}}}}}
        "400": {description: No.}
        "401": {description: Who.}
  /things:
    get:
      operationId: things
      security: [{key: []}, {oauth: []}]
      parameters: [{name: plain, in: query, schema: {type: string}}, {name: token, in: query, schema: {type: string}}]
      responses: {"200": {description: All., content: {application/json: {schema: {type: object, properties: {echo: {type: integer}}}}}}, "401": {description: Who.}}
    post:
      operationId: keep
      security: [{key: []}]
      requestBody: {content: {application/json: {schema: {type: object, properties: {secret: {type: string}, note: {type: string}}}}}}
      responses: {"201": {description: Kept.}, "400": {description: No.}, "401": {description: Who.}}
components:
  securitySchemes:
    basic: {type: http, scheme: basic}
    key: {type: apiKey, in: header, name: X-Key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: https://vendor.example/token, scopes: {}}}}
`

const vaultWorkflow = `arazzo: 1.0.1
info: {title: Vault, version: "1"}
sourceDescriptions: [{name: vault, url: vault.yaml, type: openapi}]
workflows:
- workflowId: all
  inputs: {type: object, properties: {phrase: {type: string, format: password}}}
  steps:
  - stepId: login
    operationId: login
    requestBody: {payload: {user: ann, password: $inputs.phrase}}
    successCriteria: [{condition: $statusCode == 200}, {condition: $response.body#/access_token != null}]
    outputs: {token: $response.body#/access_token, pin: $response.body#/pin, all: $response.body}
  - stepId: keep
    operationId: keep
    requestBody: {payload: {secret: $inputs.phrase, note: 'it is {$inputs.phrase} and {$steps.login.outputs.token}'}}
  - stepId: use
    operationId: things
    parameters:
    - {name: token, in: query, value: $steps.login.outputs.token}
    - {name: plain, in: query, value: 'x{$steps.login.outputs.token}'}
    - {name: X-Other, in: header, value: $inputs.phrase}
    successCriteria: [{condition: $response.body#/echo == 'nothing'}]
`

// TestPlantedSecrets: secrets in headers, bodies, forms, Basic, URLs and answers, of the credentials file, of inputs, of flags and of
// the target's URL stand in no output, in none of their encodings.
func TestPlantedSecrets(t *testing.T) {
	secrets := map[string]string{
		"key": "planted-key-0a1b2c3d", "basic": `planted "basic" <pass>&wörd`, "client": "planted-client-4e5f6a7b", "input": `planted in&put <"ä">`,
		"header": "planted-header-8c9d0e1f", "url": "planted-url-2a3b4c5d", "issued": "planted-issued-6e7f8a9b", "answer": "planted-answer-0c1d2e3f", "pin": "748512963047",
	}
	var mu sync.Mutex
	seen := map[string]bool{}
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		user, word, _ := r.BasicAuth()
		text, err := url.QueryUnescape(string(body))
		if err != nil {
			text = string(body)
		}
		all := strings.Join([]string{r.Header.Get("X-Key"), user, word, text, string(body), r.Header.Get("X-Tenant"), r.URL.Query().Get("token"), r.Header.Get("X-Other")}, "\n")
		mu.Lock()
		defer mu.Unlock()
		for name, secret := range secrets {
			seen[name] = seen[name] || strings.Contains(all, secret) || strings.Contains(strings.ReplaceAll(all, `\"`, `"`), secret)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Request", r.URL.RawQuery)
		answer := map[string]any{"echo": all}
		switch r.URL.Path {
		case "/token":
			answer = map[string]any{"access_token": secrets["issued"]}
		case "/v1/login":
			answer = map[string]any{"access_token": secrets["answer"], "pin": json.Number(secrets["pin"]), "said": all}
		}
		if r.Method == http.MethodPost && r.URL.Path == "/v1/things" {
			w.WriteHeader(http.StatusCreated)
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer target.Close()
	folder := t.TempDir()
	put := func(name, text string) string {
		file := filepath.Join(folder, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	document, workflow := put("vault.yaml", vaultDocument), put("all.arazzo.yaml", vaultWorkflow)
	who, err := json.Marshal(map[string]any{"actors": map[string]any{"alice": map[string]any{"credentials": map[string]any{
		"key": "${PLANTED_KEY}", "basic": map[string]string{"username": "ann", "password": secrets["basic"]},
		"oauth": map[string]string{"clientId": "ci", "clientSecret": secrets["client"], "tokenUrl": target.URL + "/token"},
	}}}})
	if err != nil {
		t.Fatal(err)
	}
	credentials := put("who.json", string(who))
	address := strings.Replace(target.URL, "http://", "http://me:"+url.QueryEscape(secrets["url"])+"@", 1) + "/v1"
	for name, args := range map[string][]string{
		"run":   {"run", workflow, "--input", "phrase=" + secrets["input"]},
		"check": {"check", document, "--thorough"},
	} {
		t.Run(name, func(t *testing.T) {
			clear(seen)
			args := append(args, "--target", address, "--credentials", credentials, "--header", "X-Tenant: "+secrets["header"], "--keep-all", "--report", "text=-", "--baseline", filepath.Join(folder, name+".known"), "--update-baseline")
			outputs := []string{filepath.Join(folder, name+".known")}
			for _, format := range formatNames()[1:] {
				file := filepath.Join(folder, name+"."+format)
				args, outputs = append(args, "--report", format+"="+file), append(outputs, file)
			}
			var out, errs bytes.Buffer
			p := &process{out: &out, err: &errs, terminal: true, getenv: func(name string) string { return map[string]string{"PLANTED_KEY": secrets["key"]}[name] }}
			if status := p.run(t.Context(), args); status == exitFailure {
				t.Fatalf("status %d: %s", status, errs.String())
			}
			texts := map[string]string{"standard output": out.String(), "standard error": errs.String()}
			for _, file := range outputs {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				if len(data) == 0 {
					t.Errorf("%s is empty", file)
				}
				texts[filepath.Base(file)] = string(data)
			}
			if name == "run" && !seen["input"] || !seen["key"] || !seen["basic"] || !seen["client"] || !seen["header"] {
				t.Errorf("the deployment saw only %v", seen)
			}
			for which, secret := range secrets {
				for form, encoded := range encodingsOf(secret) {
					for where, text := range texts {
						if at := strings.Index(text, encoded); at >= 0 {
							t.Errorf("%s: the secret %s (%s) is shown: …%s…", where, which, form, text[max(0, at-100):min(len(text), at+len(encoded)+20)])
						}
					}
				}
			}
		})
	}
}

// encodingsOf are the forms in which a secret may stand in an output.
func encodingsOf(secret string) map[string]string {
	quoted, _ := json.Marshal(secret) // a text always can be
	plain, _ := json.Marshal(map[string]string{"": secret})
	forms := map[string]string{
		"as it is": secret, "JSON": strings.Trim(string(quoted), `"`), "query": url.QueryEscape(secret), "path": url.PathEscape(secret), "HTML": html.EscapeString(secret),
		"hexadecimal": hex.EncodeToString([]byte(secret)), "its beginning": secret[:len(secret)-6], "JSON again": strings.Trim(string(plain), `{}":`),
		"lower percent": strings.ToLower(url.QueryEscape(secret)), "shell": strings.ReplaceAll(secret, "'", `'\''`),
	}
	for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for before := range 3 {
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			forms[name+string(rune('0'+before))] = text[(before*8+5)/6 : len(text)-2]
		}
	}
	if secret == "748512963047" {
		delete(forms, "its beginning")
	}
	return forms
}
