package schema

import (
	"encoding/json"
	"reflect"
	"unsafe"
)

// Limits on what a judge keeps of a value that takes long.
const (
	memoAfter   = 2_000   // steps after which verdicts are kept: ordinary values need fewer and pay nothing
	maxVerdicts = 100_000 // verdicts that are kept for one value
)

// A verdictKey names one schema on one part of a value. Parts are told apart by where they lie in memory, so that looking one
// up costs the same however large it is.
type verdictKey struct {
	schema *Schema
	part   unsafe.Pointer
	length int
	kind   byte
}

// keyOf names a part of a value; ok is false for what has no place of its own.
func keyOf(s *Schema, v any) (k verdictKey, ok bool) {
	switch v := v.(type) {
	case nil:
		return verdictKey{schema: s, kind: 'n'}, true
	case map[string]any:
		return verdictKey{s, reflect.ValueOf(v).UnsafePointer(), len(v), 'o'}, true
	case []any:
		return verdictKey{s, unsafe.Pointer(unsafe.SliceData(v)), len(v), 'a'}, true
	case string:
		return verdictKey{s, unsafe.Pointer(unsafe.StringData(v)), len(v), 's'}, true
	case json.Number:
		return verdictKey{s, unsafe.Pointer(unsafe.StringData(string(v))), len(v), 'd'}, true
	}
	return verdictKey{}, false
}

// remembered is valid for values that take many steps: alternatives that share their parts are judged once, so that the work
// grows with schemas times values, not with the number of ways through them.
func (j *judge) remembered(s *Schema, v any, e *evaluated) bool {
	key, ok := keyOf(s, v)
	if !ok {
		return j.keywords(s, v, e)
	}
	// What a fitting schema has judged must be noted anew each time; what does not fit notes nothing.
	if known, ok := j.verdicts[key]; ok && (e == nil || !known) {
		return known
	}
	scoped := j.scoped
	fits := j.keywords(s, v, e)
	// A verdict that was cut short, or that hangs on the schemas around this one, holds here only.
	if j.steps >= 0 && j.scoped == scoped && len(j.verdicts) < maxVerdicts {
		if j.verdicts == nil {
			j.verdicts = map[verdictKey]bool{}
		}
		j.verdicts[key] = fits
	}
	return fits
}
