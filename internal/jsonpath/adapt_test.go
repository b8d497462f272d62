package jsonpath

import "testing"

// TestAdapt is about the text that the library gets, names with hyphens included.
func TestAdapt(t *testing.T) {
	for in, want := range map[string]string{
		"$.true":                                "$['true']",
		"$..null":                               "$..['null']",
		"$.a.false.b":                           "$.a['false'].b",
		"$.trueish.nullable":                    "$.trueish.nullable",
		"$.null_.true-x":                        "$.null_['true-x']",
		"$.info.x-a..x-b-.c":                    "$.info['x-a']..['x-b-'].c",
		"$[-1].a[1:-1]":                         "$[-1].a[1:-1]",
		"$[?@.a>-1.5e-1]":                       "$[?@.a>-1.5e-1]",
		"$['.true'].x":                          "$['.true'].x",
		`$["\".true"].x`:                        `$["\".true"].x`,
		"$[?@.true == true]":                    "$[?@['true'] == true]",
		"$[?@.a == '.null']":                    "$[?@.a == '.null']",
		"$[?@..false && @.nul]":                 "$[?@..['false']&& @.nul]",
		"$[?@.a \t|| @.b && 'c && d' == @.e  ]": "$[?@.a|| @.b&& 'c && d' == @.e  ]",
		"$[?match(@.a,'b')]":                    "$[?guarded_match(@.a,'b')]",
		"$[?!search(@.a,'b(')]":                 "$[?!guarded_search(@.a,'b(')]",
		"$.match[?rematch(@)]":                  "$.match[?rematch(@)]",
		"$['match(']":                           "$['match(']",
		"$.":                                    "$.",
	} {
		if got := (Options{Hyphens: true}).adapt(in); got != want {
			t.Errorf("adapt(%s) = %s, want %s", in, got, want)
		}
	}
}
