package schema_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"understudy/contracts/schema"
)

// formatCases has, for each format, texts that have it and texts that have not.
var formatCases = map[string][2][]string{
	"date-time": {
		{"2024-05-31T13:45:00Z", "2024-05-31t13:45:00z", "2024-05-31T13:45:00.123456789+02:00", "1998-12-31T23:59:60Z", "1998-12-31T15:59:60.1-08:00", "2024-02-29T00:00:00-00:00"},
		{"2024-05-31", "2024-05-31 13:45:00Z", "2024-05-31T13:45:00", "2023-02-29T00:00:00Z", "2024-05-31T24:00:00Z", "2024-05-31T13:60:00Z", "1998-12-31T22:59:60Z", "2024-05-31T13:45:00.Z", "2024-05-31T13:45:00+0200", "2024-05-31T13:45:00+24:00", "24-05-31T13:45:00Z", ""},
	},
	"date":     {{"2024-02-29", "0000-01-01"}, {"2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "2024-04-31", "1900-02-29", "2024-05-31T", "२०२४-०५-३१"}},
	"time":     {{"13:45:00Z", "23:59:60Z", "00:29:60+00:30", "13:45:00.5-08:00"}, {"13:45:00", "13:45Z", "25:00:00Z", "13:45:61Z", "22:59:60Z", "13:45:00+8:00", "13:45:00Z "}},
	"duration": {{"P1D", "P1Y2M3DT4H5M6S", "PT1H", "P4W", "PT0S"}, {"P", "PT", "1D", "P1", "P1S", "P1DT", "P2D1Y", "P1W2D", "P1.5D", "p1d", "PT1H1H"}},
	"email":    {{"ada@example.com", "a.b+c@x-y.io", `"a b"@example.com`, "a@[127.0.0.1]", "a@[IPv6:::1]", "a@b"}, {"ada", "@b", ".a@b.c", "a.@b.c", "a..b@c.d", "a b@c.d", "a@-b.c", "a@b_c.d", "é@b.c", "a@[300.0.0.1]", "a@"}},
	"hostname": {{"example.com", "a", "xn--bcher-kva.example", "example.com.", "1.2"}, {"", "-a.b", "a-.b", "a_b", "a..b", strings.Repeat("a", 64), "bücher.example", "a b"}},
	"ipv4":     {{"0.0.0.0", "255.255.255.255"}, {"256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.a", "", "1.2.3."}},
	"ipv6":     {{"::", "::1", "2001:db8::8a2e:370:7334", "::ffff:1.2.3.4"}, {"1.2.3.4", ":", "1::2::3", "fe80::1%eth0", "12345::", ""}},
	"uri":      {{"https://example.com", "http://a.b:80/c%20d?e=f#g", "urn:isbn:1", "mailto:a@b.c", "https://api.example.com/users/{user}", "http://[::1]/"}, {"/a", "a", "", "http://a b", "http://[::1", "http://%zz", ":a", "//a/b"}},
	"uri-reference": {
		{"https://example.com", "/a/b", "a", "", "#x", "?q", "//a/b"}, {`\a`, "http://[::1", "%zz"},
	},
	"json-pointer":          {{"", "/", "/a/0", "/~0~1", "/é"}, {"a", "/~", "/~2", "#/a"}},
	"relative-json-pointer": {{"0", "1/a", "0#", "12/~0"}, {"", "/a", "01", "-1", "1#a", "1a"}},
	"uuid":                  {{"3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3F2504E0-4F89-41D3-9A0C-0305E82C3301", "00000000-0000-0000-0000-000000000000"}, {"3f2504e04f8941d39a0c0305e82c3301", "3f2504e0-4f89-41d3-9a0c-0305e82c330g", "3f2504e0-4f89-41d3-9a0c-0305e82c33011", ""}},
}

// ourFormats are those that the peer judges otherwise or not at all.
var ourFormats = map[string][2][]string{
	"uri-template": {{"/pets/{id}", "http://a/{?x,y*}", "{+base}/x", ""}, {"/{a", "/a}", "/{{a}}", "/{a{b}}", "/a b", "/%zz"}},
	"idn-email":    {{"é@bücher.example", "a@b.c"}, {"é", "é b@c.d"}},
	"idn-hostname": {{"bücher.example"}, {"", "a..b", "-ü.x"}},
	"iri":          {{"https://bücher.example/ü"}, {"ü"}},
	"regex":        {{"^a(?=b)", "[a-z]+", `\p{L}\cJ`}, {"[", "(", "*", `\p{Nope}`}},
	"byte":         {{"", "aGVsbG8=", "aGVsbG8", "-_-_", "+/+/"}, {"a", "aGVsbG8==", "a b=", "-_+/", "aGVs\n"}},
	"int32":        {{"0", "-2147483648", "2147483647", "1.0"}, {"2147483648", "-2147483649", "1.5", "x", "1e10"}},
	"int64":        {{"9223372036854775807", "-9223372036854775808", "9.2e18"}, {"9223372036854775808", "0.1"}},
	"float":        {{"3.4028234e38", "-1.5", "1e-99"}, {"3.5e38", "-1e39"}},
	"double":       {{"1.7976931348623157e308"}, {"1e309", "-2e308"}},
	"binary":       {{"\x00 anything"}, nil}, "password": {{"anything"}, nil}, "nobody-knows": {{"anything"}, nil},
}

func TestFormats(t *testing.T) {
	for _, table := range []map[string][2][]string{formatCases, ourFormats} {
		for name, cases := range table {
			for i, texts := range cases {
				for _, text := range texts {
					if got := schema.ValidFormat(name, text); got != (i == 0) {
						t.Errorf("ValidFormat(%s, %q) = %v", name, text, got)
					}
				}
			}
		}
	}
}

// TestFormatsAgreeWithPeer changes the cases a little and asks both.
func TestFormatsAgreeWithPeer(t *testing.T) {
	peers := map[string]*jsonschema.Schema{}
	var names []string
	for name := range formatCases {
		s, err := peer([]byte(`{"format":"` + name + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		peers[name] = s
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "format")
		cases := formatCases[name]
		text := rapid.SampledFrom(append(append([]string{}, cases[0]...), cases[1]...)).Draw(t, "text")
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			i := rapid.IntRange(0, len(text)).Draw(t, "at")
			insert := rapid.SampledFrom([]string{"", "0", "1", "9", "-", ".", ":", "T", "Z", "/", "a", "P", "@", "#", "~1", "["}).Draw(t, "insert")
			end := min(len(text), i+rapid.IntRange(0, 1).Draw(t, "cut"))
			text = text[:i] + insert + text[end:]
		}
		if name == "email" && (strings.HasPrefix(text, `"`) || strings.HasPrefix(text, "@")) {
			t.Skip("the peer asks neither for the closing quote nor for a local part")
		}
		if (name == "time" || name == "date-time" || name == "ipv4" || name == "email") && regexp.MustCompile(`[:.+-][-+]|^[-+]|[-+][-+]`).MatchString(text) {
			t.Skip("the peer takes -0 for digits")
		}
		if got, err := schema.ValidFormat(name, text), peers[name].Validate(text); got != (err == nil) {
			t.Fatalf("ValidFormat(%s, %q) = %v, the peer says %v", name, text, got, err)
		}
	})
}

func TestFormatsDoNotAllocate(t *testing.T) {
	for name, text := range map[string]string{
		"uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "date-time": "2024-05-31T13:45:00.5+02:00", "email": "ada.lovelace@mail.example.com",
		"uri": "https://api.example.com/repos/o/r?x=y", "hostname": "www.example.com", "ipv4": "192.0.2.1", "byte": "aGVsbG8=", "duration": "P1DT2H",
	} {
		if n := testing.AllocsPerRun(50, func() { schema.ValidFormat(name, text) }); n > 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
