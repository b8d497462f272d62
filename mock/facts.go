package mock

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"understudy/contracts/schema"
)

// facts are what an answer about credentials can tell, by the names that documents give such members, in lower case and
// without word breaks. A value may be a facts of its own.
type facts map[string]any

// put tells a fact under several names.
func (f facts) put(value any, names ...string) {
	for _, name := range names {
		f[name] = value
	}
}

// fitFacts fills the members of a schema from what is known, by their names. Members that nothing is known of are left
// to be made up where they are required. depth bounds recursive schemas.
func fitFacts(of *schema.Schema, f facts, depth int) any {
	if of == nil || depth > 6 {
		return schema.Absent
	}
	members := objectMembers(of, 0)
	if len(members) == 0 {
		return schema.Absent
	}
	object, required := map[string]any{}, requiredNames(of, 0)
	for _, member := range members {
		target := member.Schema.Resolve()
		value, known := f[wordOf(member.Name)]
		inner, nested := value.(facts)
		switch {
		case nested:
			if v := fitFacts(target, inner, depth+1); v != schema.Absent {
				object[member.Name] = v
			}
		case known:
			if v := fitValue(target, value); v != schema.Absent {
				object[member.Name] = v
			}
		case len(objectMembers(target, 0)) > 0: // a wrapper: data, result, session …
			v, ok := fitFacts(target, f, depth+1).(map[string]any)
			if ok && len(v) > 0 && (slices.Contains(required, member.Name) || target.Valid(v, schema.Response)) {
				object[member.Name] = v // one that may be missing is not there to be made up
			}
		}
	}
	return object
}

// fitValue gives a fact in the type that the schema wants.
func fitValue(of *schema.Schema, value any) any {
	switch v := value.(type) {
	case nil:
		if of.Nullable || of.Types == 0 || of.Types&schema.Null != 0 {
			return nil
		}
		return schema.Absent
	case time.Time:
		return fitTime(of, v)
	case words:
		return fitWord(of, v)
	case []string:
		if of.Types&schema.String != 0 && of.Types&schema.Array == 0 {
			return fitWord(of, words{strings.Join(v, " ")})
		}
		list := make([]any, len(v))
		for i, text := range v {
			list[i] = text
		}
		return list
	case int:
		return json.Number(strconv.Itoa(v))
	case int64:
		return json.Number(strconv.FormatInt(v, 10))
	case uint64:
		return json.Number(strconv.FormatUint(v, 10))
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64))
	case string:
		if of.Types != 0 && of.Types&schema.String == 0 && of.Types&(schema.Integer|schema.Number) != 0 {
			if _, err := strconv.ParseInt(v, 10, 64); err != nil {
				return schema.Absent
			}
			return json.Number(v)
		}
	}
	return value
}

// words are several words for the same thing, the best first: the one that the schema lists is taken.
type words []string

func fitWord(of *schema.Schema, list words) any {
	if len(of.Enum) == 0 {
		if len(list) == 0 {
			return schema.Absent
		}
		return list[0]
	}
	for _, word := range list {
		for _, allowed := range of.Enum {
			if text, ok := allowed.(string); ok && strings.EqualFold(text, word) {
				return text
			}
		}
	}
	return schema.Absent
}

// fitTime writes an instant as the schema has it: Unix seconds where it is a number, else RFC 3339 in whole seconds and
// UTC. The zero time is null.
func fitTime(of *schema.Schema, t time.Time) any {
	switch {
	case t.IsZero():
		return fitValue(of, nil)
	case of.Types != 0 && of.Types&schema.String == 0 && of.Types&(schema.Integer|schema.Number) != 0:
		return json.Number(strconv.FormatInt(t.Unix(), 10))
	case of.Format == "date":
		return t.UTC().Format(time.DateOnly)
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}
