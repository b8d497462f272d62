package resource

import (
	"errors"
	"fmt"
	"strings"

	"understudy/contracts/inference"
	"understudy/contracts/schema"

	jsonpatch "github.com/evanphx/json-patch/v5"
)

// patched changes an item as the body says: by JSON Patch (RFC 6902) where the media type or the operation asks for
// it, else by JSON Merge Patch (RFC 7396), which is also how plain JSON and forms are meant.
func (a *act) patched(item map[string]any) (map[string]any, error) {
	contentType := strings.ToLower(a.q.Body.ContentType)
	if strings.HasPrefix(contentType, "application/json-patch+json") || a.b.Patch == inference.JSONPatch {
		return a.jsonPatched(item)
	}
	input, ok := a.firstInput().(map[string]any)
	if !ok {
		return item, nil
	}
	if said := a.inputSchema(); len(a.deepOf(said)) > 0 {
		input, _ = cloneValue(input).(map[string]any)
		a.withoutInner(input, said)
	}
	mergePatch(item, input)
	for name, v := range input {
		// A removed member that may be null shows as null, which is how servers with a fixed set of members answer.
		if member := a.schemaAt(a.c.Item, "/"+name); v == nil && member != nil && member.Valid(nil, schema.Response) {
			item[name] = nil
		}
	}
	return item, nil
}

// mergePatch is RFC 7396, section 2: null removes, objects merge, anything else replaces.
func mergePatch(target, patch map[string]any) {
	for name, v := range patch {
		change, isObject := v.(map[string]any)
		switch {
		case v == nil:
			delete(target, name)
		case isObject:
			deeper, ok := target[name].(map[string]any)
			if !ok {
				deeper = map[string]any{}
			}
			mergePatch(deeper, change)
			target[name] = deeper
		default:
			target[name] = cloneValue(v)
		}
	}
}

func (a *act) jsonPatched(item map[string]any) (map[string]any, error) {
	refuse := func(reason string) error { return &RequestError{In: "body", Reason: reason} }
	operations, ok := a.q.Body.Value.([]any)
	if !ok {
		return nil, refuse("a JSON Patch is a list of operations (RFC 6902, section 3)")
	}
	patch, err := jsonpatch.DecodePatch(schema.AppendJSON(nil, operations, nil))
	if err != nil {
		return nil, refuse("the JSON Patch cannot be read: " + err.Error())
	}
	options := jsonpatch.NewApplyOptions()
	options.AccumulatedCopySizeLimit = 1 << 20
	whole := a.c.Item == nil || a.c.Item.Valid(item, schema.Response)
	after, err := patch.ApplyWithOptions(schema.AppendJSON(nil, item, nil), options)
	if errors.Is(err, jsonpatch.ErrTestFailed) {
		return nil, &ConflictError{Collection: a.c.Path, Reason: "the JSON Patch was made for another state of the item: " + err.Error()}
	}
	if err != nil {
		return nil, refuse("the JSON Patch does not apply: " + err.Error())
	}
	decoded, err := schema.ParseJSON(after)
	if err != nil {
		return nil, refuse("the patched item is not JSON: " + err.Error())
	}
	changed, ok := decoded.(map[string]any)
	if !ok {
		return nil, refuse("the patch would make the item something else than an object")
	}
	if whole && a.c.Item != nil {
		if found := a.c.Item.Check(changed, schema.Response); len(found) > 0 {
			return nil, refuse(fmt.Sprintf("the patch would make the item invalid: %s must be %s", found[0].Pointer, found[0].Want))
		}
	}
	return changed, nil
}
