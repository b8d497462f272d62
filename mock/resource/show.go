package resource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/contracts/inference"
	"understudy/contracts/schema"
)

// maker makes values for items; everything that is not wished and not required stays away.
func (a *act) maker() *schema.Maker {
	return &schema.Maker{Seed: a.seed, Now: a.now, Direction: schema.Response, Optional: schema.RequiredOnly, Examples: !a.fresh}
}

// lastingMaker makes what answers show beside the stored items. It does not go with the clock: an item that has not
// changed looks the same each time.
func (a *act) lastingMaker() *schema.Maker {
	maker := a.maker()
	maker.Now = a.started
	return maker
}

// made makes a value up. For a schema that nothing can fit, which was reported when the contract was loaded, it
// gives what comes nearest: the client gets an answer all the same.
func made(maker *schema.Maker, s *schema.Schema, key string, want any) (any, error) {
	if maker.Optional == schema.RequiredOnly && want != nil && s.Valid(want, maker.Direction) {
		return want, nil // nothing is missing and nothing is in its way: Make would give the same
	}
	value, err := maker.Make(s, key, want)
	var bad *schema.Unsatisfiable
	if errors.As(err, &bad) {
		if value == nil {
			value = want
		}
		return value, nil
	}
	return value, err
}

// keyOf names an item for invented values: the same item always gets the same ones.
func (a *act) keyOf(rec *record) string {
	return a.c.Path + a.st.mark + "\x00" + joinScope(rec.scope) + "\x00" + rec.id
}

// showItem puts an item into the form of the operation's answer.
func (a *act) showItem(rec *record, result *Result) error {
	media := a.q.Media
	if media == nil || media.Schema == nil && media.Item == nil {
		if media != nil && contracts.JSONMedia(media.Name) {
			result.Body = rec.json
		} else if media != nil {
			value, err := schema.ParseJSON(rec.json)
			if err != nil {
				return fmt.Errorf("read the item %s of %s: %w", rec.id, a.c.Path, err)
			}
			result.Value = value
		}
		return nil
	}
	if !a.b.Shows || a.b.Shown == nil || media != a.b.Media || !contracts.JSONMedia(media.Name) {
		return a.showOther(rec, media, result)
	}
	shown, err := a.project(rec)
	if err != nil {
		return err
	}
	if a.b.Array {
		shown = append(append([]byte{'['}, shown...), ']')
	}
	if a.b.Item == "" && len(a.b.Fill) == 0 {
		result.Body = shown
		return nil
	}
	wrapper, err := a.wrapper(shown)
	if err != nil {
		return err
	}
	if a.b.Item == "" {
		if wrapper, err = schema.ParseJSON(shown); err != nil {
			return err
		}
	} else {
		wrapper = put(wrapper, a.b.Item, schema.Raw(shown))
	}
	result.Body = schema.AppendJSON(make([]byte, 0, len(shown)+aroundSize), a.fillAnswer(wrapper, rec, result), media.Schema)
	return nil
}

// showOther makes an answer that does not show the item as the model has it: a result, another media type, a
// confirmation. What the item and the request say about its members stays true.
func (a *act) showOther(rec *record, media *contracts.MediaType, result *Result) error {
	item, err := schema.ParseJSON(rec.json)
	if err != nil {
		return fmt.Errorf("read the item %s of %s: %w", rec.id, a.c.Path, err)
	}
	target := media.Schema
	if target == nil {
		target = media.Item
	}
	item = a.visible(item)
	want := item
	if a.b.Shows && a.b.Item != "" {
		if want = put(nil, a.b.Item, item); a.b.Array {
			want = put(nil, a.b.Item, []any{item})
		}
	} else if a.b.Shows && a.b.Array {
		want = []any{item}
	} else if !a.b.Shows {
		want = prune(a.otherWish(item, target), target)
	}
	value, err := made(a.lastingMaker(), target, a.keyOf(rec)+" "+a.b.Operation.ID, want)
	if err != nil {
		return err
	}
	value = a.fillAnswer(value, rec, result)
	if contracts.JSONMedia(media.Name) {
		result.Body = schema.AppendJSON(nil, value, media.Schema)
		return nil
	}
	result.Value = value
	return nil
}

// visible is what an answer in another form may show of an item: of one that is given, only what the operation's own
// answer names.
func (a *act) visible(item any) any {
	if !a.given || !a.b.Shows || a.b.Shown == nil {
		return item
	}
	return a.partsOf(a.b.Shown).prune(item)
}

// doneNames are members by which an answer confirms that the operation was carried out.
var doneNames = []string{"success", "succeeded", "ok", "done", "acknowledged", "accepted"}

// otherWish is what an answer about something else may know: that it was done, and the request's members over the
// item's.
func (a *act) otherWish(item any, target *schema.Schema) any {
	object, ok := cloneValue(item).(map[string]any)
	if !ok {
		return item
	}
	for _, p := range ownProperties(target, 0) {
		name := normal(p.Name)
		done := contains(doneNames, name) || (a.b.Role == inference.Delete || a.b.Role == inference.Clear) && (name == "deleted" || name == "removed")
		if done && p.Schema.Valid(true, schema.Response) {
			object[p.Name] = true
		}
	}
	if body, ok := a.q.Body.Value.(map[string]any); ok {
		for name, v := range body {
			object[name] = v
		}
	}
	return object
}

// project gives the item as the operation's schema has it, as JSON.
func (a *act) project(rec *record) ([]byte, error) {
	if a.given {
		return a.projectGiven(rec)
	}
	if sameSchema(a.b.Shown, a.c.Item) {
		return rec.json, nil
	}
	fresh := a.madeOf == rec && decoded(a.made)
	key := projection{a.b.Shown, a.st, &rec.json[0]}
	if !fresh {
		if shown := a.projections.get(key); shown != nil {
			return shown, nil
		}
	}
	item, err := a.made, error(nil)
	if a.made, a.madeOf = nil, nil; !fresh {
		item, err = schema.ParseJSON(rec.json)
	}
	if err != nil {
		return nil, fmt.Errorf("read the item %s of %s: %w", rec.id, a.c.Path, err)
	}
	value, err := made(a.lastingMaker(), a.b.Shown, a.keyOf(rec), a.partsOf(a.b.Shown).prune(item))
	if err != nil {
		return nil, err
	}
	buffer := scratch.Get().(*[]byte)
	defer keepScratch(buffer)
	*buffer = schema.AppendJSON((*buffer)[:0], value, a.b.Shown)
	shown := rec.json // where they are equal, the cache holds nothing that the store does not
	if !bytes.Equal(*buffer, shown) {
		shown = bytes.Clone(*buffer)
	}
	if !fresh { // one that was just made may never be looked at again
		a.projections.put(key, shown, len(rec.json))
	}
	return shown, nil
}

// aroundSize is about what an answer has around its items, in bytes.
const aroundSize = 256

func sameSchema(x, y *schema.Schema) bool {
	return x != nil && y != nil && (x == y || x.Resolve() == y.Resolve())
}

// prune takes away the members that a schema does not declare, unless it declares none or welcomes others by name.
func prune(v any, s *schema.Schema) any {
	object, ok := v.(map[string]any)
	if !ok || s == nil {
		return v
	}
	declared := map[string]bool{}
	for _, p := range objectProperties(s, 0) {
		declared[p.Name] = true
	}
	if len(declared) == 0 || welcomesOthers(s, 0) {
		return v
	}
	kept := make(map[string]any, len(object))
	for name, member := range object {
		if declared[name] {
			kept[name] = member
		}
	}
	return kept
}

// welcomesOthers says that a schema tells what members that it does not name are like.
func welcomesOthers(s *schema.Schema, depth int) bool {
	if s == nil || depth > 8 {
		return false
	}
	s = s.Resolve()
	if s.AdditionalProperties != nil && !s.AdditionalProperties.Never || len(s.PatternProperties) > 0 {
		return true
	}
	for _, part := range s.AllOf {
		if welcomesOthers(part, depth+1) {
			return true
		}
	}
	return false
}

// wrapper is what an answer has around the item or the list: made once for an operation, copied for each answer.
func (a *act) wrapper(sample []byte) (any, error) {
	if a.b.Item == "" {
		return nil, nil
	}
	if known, ok := a.wrappers.Load(a.b); ok {
		return cloneValue(known), nil
	}
	value, err := schema.ParseJSON(sample)
	if err != nil {
		return nil, err
	}
	around, err := made(a.lastingMaker(), a.b.Media.Schema, a.b.Operation.ID, put(nil, a.b.Item, value))
	if err != nil {
		return nil, err
	}
	around = put(around, a.b.Item, nil)
	a.wrappers.Store(a.b, around)
	return cloneValue(around), nil
}

// set puts a value at a place of an answer in the type that the schema has there. A value that does not fit is left
// out where the member may be missing.
func (a *act) set(root any, pointer string, value any) any {
	place := a.schemaAt(a.b.Media.Schema, pointer)
	if place == nil {
		return put(root, pointer, value)
	}
	if place.Valid(value, schema.Response) {
		return put(root, pointer, value)
	}
	if text, ok := textOfValue(value); ok {
		for _, other := range []any{text, json.Number(text)} {
			if n, isNumber := other.(json.Number); isNumber && !numeric(string(n)) {
				continue
			}
			if place.Valid(other, schema.Response) {
				return put(root, pointer, other)
			}
		}
	}
	if value == nil {
		if place.Valid("", schema.Response) && requiresAt(a.b.Media.Schema, pointer) {
			return put(root, pointer, "")
		}
		if !requiresAt(a.b.Media.Schema, pointer) {
			return take(root, pointer)
		}
	}
	return root
}

func numeric(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && text[0] != '+' && text != "NaN" && !strings.HasPrefix(text, "Inf") && !strings.HasPrefix(text, "0x")
}

// schemaAt finds the schema of the member at a pointer, through references, allOf, oneOf and anyOf; nil where none is declared.
func schemaAt(s *schema.Schema, pointer string) *schema.Schema {
	for pointer != "" && s != nil {
		token, rest, _ := strings.Cut(pointer[1:], "/")
		if rest != "" {
			rest = "/" + rest
		}
		var next *schema.Schema
		for _, p := range objectProperties(s, 0) {
			if p.Name == schema.UnescapeToken(token) {
				next = p.Schema
				break
			}
		}
		s, pointer = next, rest
	}
	return s
}

func requiresAt(s *schema.Schema, pointer string) bool {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return false
	}
	parent := schemaAt(s, pointer[:i])
	return parent != nil && contains(requiredMembers(parent, 0), schema.UnescapeToken(pointer[i+1:]))
}

// take removes what stands at a pointer.
func take(root any, pointer string) any {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return root
	}
	if parent, ok := schema.At(root, pointer[:i]); ok {
		if object, ok := parent.(map[string]any); ok {
			delete(object, schema.UnescapeToken(pointer[i+1:]))
		}
	}
	return root
}
