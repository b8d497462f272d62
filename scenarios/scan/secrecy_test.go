package scan_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"understudy/contracts"
	"understudy/reports"
	"understudy/scenarios"
	"understudy/scenarios/scan"
)

// TestReports writes what was found in every format, and looks for the secrets there: whole, in parts and encoded.
func TestReports(t *testing.T) {
	secrets := map[string]string{
		"live": liveKey(1), "test": testKey(2), "refresh": key("rt_", lower, 20, 3), "hook": key("whsec_", mixed, 32, 4), "license": key("", mixed, 36, 5), "pay": key("sk_"+"live_", mixed, 24, 6),
		"win": key("ew_", mixed, 32, 7), "sire": key("ecos_"+"live_", mixed, 32, 8), "token": "7|" + key("", mixed, 40, 9), "coin": key("coin ", mixed, 24, 10), "gone": liveKey(11), "old": liveKey(12),
	}
	s := func(name string) string { return secrets[name] }
	tree := files(
		"a.go", s("live")+" "+s("hook")+" "+s("pay")+" "+base64Text("x:"+s("test"))+" "+s("coin"), "b.js", strings.Repeat("b", 55)+s("live")+s("test")+strings.Repeat(" c", 20)+s("sire"),
		"app.log", "Authorization: Bearer "+s("live")+" {\"apiKey\":\""+s("win")+"\"}\n"+base64Text(".."+s("coin")+".."), "index.html", "<a href='https://api.ecoevents.com/?k="+s("live")+"'>"+s("token")+"</a>",
		".env", "ECOSIRE_LICENSE_SECRET="+s("license")+"\nECOEVENTS_API_KEY="+s("live"), "x.bin", "\x00"+s("sire")+s("live"), "config/staging.yml", "k: "+s("refresh"), "config/prod.yml", "k: "+s("refresh"),
		"u.go", "get(\"https://x/?t="+s("old")+"&u="+s("refresh")+"\")", "log.js", "// api.ecoevents.com\nconsole.log(apiKey, '"+s("live")+"')", "hex.txt", fmt.Sprintf("%x", s("sire")),
	)
	history := "\x01aaaaaaaaaaaaaaaa 2026-01-01T00:00:00Z\n The key " + s("gone") + "\n\ndiff --git a/u.go b/u.go\n+++ b/u.go\n@@ -0,0 +1 @@\n+" + s("old") + " " + s("win") + "\n"
	all := load(t, contracts.Builtins()...)
	r := examine(t, all, tree, coins(s("coin")), func(o *scan.Options) { o.Histories = []scan.History{{Log: strings.NewReader(history)}} })
	rules := map[string]bool{}
	for _, f := range findings(r) {
		rules[f.Check] = true
	}
	for _, rule := range scan.Rules() {
		if !rules[rule.ID] && rule.ID != "SCN-009" && rule.ID != "SCN-012" && rule.ID != "SCN-015" {
			t.Errorf("%s found nothing", rule.ID)
		}
	}
	result := &scenarios.Result{Version: 1, Command: "scan", Suites: r.Suites, Notes: r.Notes, Started: now, Ended: now.Add(time.Second)}
	for _, format := range reports.Formats() {
		var out bytes.Buffer
		if err := (reports.Options{Width: 4000}).Write(format.Name, &out, result); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if !strings.Contains(text, "SCN-0") && format.Name != "har" {
			t.Errorf("%s says nothing of the findings", format.Name)
		}
		for name, secret := range secrets {
			for form, hidden := range map[string]string{
				"": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret))[4:20], "hex": hex.EncodeToString([]byte(secret))[10:30],
			} {
				if strings.Contains(text, hidden) {
					t.Errorf("%s holds the secret %s %s", format.Name, name, form)
				}
			}
			body := secret[strings.LastIndexByte(secret[:12], '_')+1 : len(secret)-4]
			for i := 0; i+7 <= len(body); i++ {
				if strings.Contains(text, body[i:i+7]) {
					t.Errorf("%s holds a part of the secret %s", format.Name, name)
					break
				}
			}
		}
	}
	if err := (reports.Options{}).Write("json", io.Discard, result); err != nil {
		t.Error(err)
	}
}
