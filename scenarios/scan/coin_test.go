package scan_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"understudy/scenarios/scan"
)

// coinText holds what encodings change.
const coinText = `pa"ss/w\rd <42>&ü+` + "Zq7"

func coins(texts ...string) func(*scan.Options) {
	return func(o *scan.Options) {
		for _, text := range texts {
			o.Coins = append(o.Coins, scan.Coin{Name: "SECRET", Contract: o.Contracts[0].Name, Text: text})
		}
	}
}

// TestCoins plants a credential of the run in every encoding.
func TestCoins(t *testing.T) {
	quoted, err := json.Marshal(coinText)
	if err != nil {
		t.Fatal(err)
	}
	ascii := liveKey(8)
	for name, text := range map[string]string{
		"plain": coinText, "query": url.QueryEscape(coinText), "path": url.PathEscape(coinText), "small percent": strings.ToLower(url.QueryEscape(ascii+"/")) + ascii,
		"JSON": string(quoted), "JSON of PHP": strings.ReplaceAll(string(quoted), "/", `\/`), "hexadecimal": hex.EncodeToString([]byte(coinText)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(coinText))),
		"every byte percent": everyByte("%%%02x", ascii), "every byte escaped": everyByte(`\u%04x`, ascii), "bytes of C": everyByte(`\x%02x`, ascii),
		"base64 at 0": base64Text(coinText + "."), "base64 at 1": base64Text("." + coinText + "."), "base64 at 2": base64Text(".." + coinText + ".."), "base64 at 3": base64Text("..." + coinText),
		"base64 of URLs": base64.RawURLEncoding.EncodeToString([]byte("?" + coinText + "?")),
	} {
		for _, around := range [][2]string{{"", ""}, {`{"a":"`, `"}`}, {"x=", "&y=1\nnext"}} {
			r := examine(t, load(t, "ecoevents"), files("any.txt", around[0]+text+around[1]), coins(coinText, ascii))
			if got := strings.Join(found(r), ", "); got != "SCN-007 any.txt:1" {
				t.Errorf("%s (%s): %q", name, text, got)
			}
			if all := fmt.Sprint(r); strings.Contains(all, coinText) || strings.Contains(all, ascii) {
				t.Errorf("%s: the report holds the secret: %s", name, all)
			}
		}
	}
}

func everyByte(format, text string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, format, text[i])
	}
	return b.String()
}

// TestCoinPlaces looks for coins where other rules have exceptions.
func TestCoinPlaces(t *testing.T) {
	coin := liveKey(8)
	tree := files(
		"wide-le.txt", wide("\ufeffnext\nkey "+coin, false), "wide-be.txt", wide("\ufeffkey "+coin, true), "wide.txt", wide("no mark, key "+coin+" and more text behind it", false),
		"README.md", coin, "a_test.go", "\n\n  "+coin, "a.bin", "\x00\x00\x01"+coin, ".env", "K="+coin, "let-pass.txt", coin+" understudy:ignore", "short.txt", coin[:27],
		".gitignore", ".env\n",
	)
	want := "SCN-007 README.md:1, SCN-007 a.bin:0, SCN-007 a_test.go:3, SCN-007 wide-be.txt:1, SCN-007 wide-le.txt:2, SCN-007 wide.txt:1"
	r := examine(t, load(t, "ecoevents"), tree, coins(coin))
	if got := strings.Join(found(r), ", "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, f := range findings(r) {
		if f.At.File == "a.bin" && !strings.Contains(f.Message, "byte 3") || f.At.File == "a_test.go" && !strings.Contains(f.Message, "a_test.go:3:3") {
			t.Errorf("the place is not told: %s", f.Message)
		}
	}
	if o := outcome(examine(t, load(t, "ecoevents"), tree), "SCN-007/ecoevents"); o.Outcome != "skipped" || !strings.Contains(o.Reason, "--ready-file") {
		t.Errorf("without coins: %s %s", o.Outcome, o.Reason)
	}
	o := outcome(examine(t, load(t, "ecoevents"), files("a.txt", "nothing"), coins(coin)), "SCN-007/ecoevents")
	if o.Outcome != "passed" || !strings.Contains(o.Reason, "1 files and commits, for 1 credentials") {
		t.Errorf("without a find: %s %s", o.Outcome, o.Reason)
	}
}

func wide(text string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// TestWindows plants keys around the edges of the windows in which large files are read: in lines, and in one line of 10 MB.
func TestWindows(t *testing.T) {
	const window = 4 << 20
	for _, c := range []struct {
		name   string
		filler string
	}{{"lines", "const a = 1;\n"}, {"one line", "var a=b(c),d=e.f;"}} {
		base := strings.Repeat(c.filler, 10<<20/len(c.filler))
		places := []int{0, window - 30, window - 14, window, window + 5, 2*window - 16<<10 - 10, 2*window - 16<<10, len(base)}
		if raced {
			places = places[2:4]
		}
		for _, at := range places {
			secret := liveKey(uint64(at))
			text := base[:at] + "'" + secret + "'" + base[at:]
			r := examine(t, load(t, "ecoevents"), files("bundle.min.js", text))
			list := findings(r)
			line, column := strings.Count(text[:at+1], "\n")+1, at+1-strings.LastIndexByte(text[:at+1], '\n')
			if len(list) != 1 || !strings.Contains(list[0].Message, fmt.Sprintf("bundle.min.js:%d:%d.", line, column)) {
				t.Errorf("%s, key at %d: want %d:%d, got %+v", c.name, at, line, column, list)
			}
			if len(list) == 1 && (len(list[0].Got) > 300 || strings.Contains(list[0].Got, secret[8:20])) {
				t.Errorf("%s: the excerpt is %q", c.name, list[0].Got)
			}
		}
	}
}

// TestPlanted finds keys in random bytes and in random text, at every place, and nothing where there is none.
func TestPlanted(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	list := load(t, "ecoevents", "ecosire", "echowin")
	tree := fstest.MapFS{}
	want := map[string]bool{}
	for i := range 300 {
		noise := make([]byte, 2000+r.IntN(20000))
		for j := range noise {
			noise[j] = byte(r.Uint32())
		}
		noise[r.IntN(100)] = 0 // else it is text in which words have ends
		name := fmt.Sprintf("noise/%d.bin", i)
		if i%3 == 2 {
			name = fmt.Sprintf("noise/%d.txt", i)
			for j := range noise {
				noise[j] = " \n\tabcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789-_=\"'"[int(noise[j])%53]
			}
		}
		if i%2 == 0 {
			at := r.IntN(len(noise) - 60)
			secret := []string{liveKey(uint64(i)), testKey(uint64(i)), key("ecos_"+"live_", mixed, 32, uint64(i)), key("ecos_"+"test_", mixed, 32, uint64(i))}[r.IntN(4)]
			copy(noise[at:], " "+secret+"\"")
			want[name] = true
		}
		tree[name] = &fstest.MapFile{Data: noise}
	}
	got := map[string]bool{}
	for _, f := range findings(examine(t, list, tree)) {
		got[f.At.File] = true
	}
	for name := range tree {
		if got[name] != want[name] {
			t.Errorf("%s: found %v, planted %v", name, got[name], want[name])
		}
	}
}

// TestRandomKeys issues keys of every form and wants each found: none is random enough to be taken for a sample by chance.
func TestRandomKeys(t *testing.T) {
	kinds := map[string]func(uint64) string{
		"ecoevents": liveKey,
		"ecosire":   func(n uint64) string { return key("ecos_"+"live_", mixed, 32, n) },
		"echowin":   func(n uint64) string { return key("ew_", mixed, 32, n) },
		"eckospace": func(n uint64) string { return fmt.Sprintf("%d|", 1+n) + key("", mixed, 40, n) },
	}
	for name, issue := range kinds {
		many := 5000
		if raced {
			many = 500
		}
		var text bytes.Buffer
		for n := range uint64(many) {
			fmt.Fprintf(&text, "%s\n", issue(n))
		}
		tree := fstest.MapFS{}
		for i, part := range strings.SplitAfter(text.String(), "\n") {
			file := fmt.Sprintf("%d.txt", i/100)
			if tree[file] == nil {
				tree[file] = &fstest.MapFile{}
			}
			tree[file].Data = append(tree[file].Data, part...)
		}
		r := examine(t, load(t, name), tree, func(o *scan.Options) { o.Only = []string{"SCN-001"} })
		o := outcome(r, "SCN-001/"+name)
		if got := len(o.Findings) + more(o.Reason); got < many-2 {
			t.Errorf("%s: %d of %d keys were found", name, got, many)
		}
	}
}

// more reads how many findings the reason says are not told one by one.
func more(reason string) (n int) {
	if i := strings.LastIndex(reason, "(and "); i >= 0 {
		_, _ = fmt.Sscanf(reason[i:], "(and %d more", &n)
	}
	return n
}

func FuzzPlanted(f *testing.F) {
	f.Add([]byte("before"), []byte("behind"), uint64(1))
	f.Add([]byte("eyJhbGciOi\xff\xfe\x00"), []byte("\\u0065k_live_"), uint64(2))
	f.Add([]byte("whsec_ek_live_ek_test_"), []byte("ek_live_"), uint64(3))
	list := load(f, "ecoevents")
	f.Fuzz(func(t *testing.T, before, behind []byte, seed uint64) {
		secret := liveKey(seed)
		text := string(before) + "\n\"" + secret + "\"\n" + string(behind)
		if strings.Contains(text, "understudy:ignore") {
			return
		}
		r := examine(t, list, files("a.go", text))
		there := false
		for _, one := range findings(r) {
			there = there || strings.Contains(one.Got+one.Message, secret[len(secret)-4:])
			if strings.Contains(fmt.Sprint(one), secret) {
				t.Errorf("the finding holds the secret: %+v", one)
			}
		}
		if wide := strings.IndexByte(text, 0) >= 0 || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff"); !there && !wide {
			t.Errorf("the key was not found in %q", text)
		}
	})
}
