package inference

import (
	"fmt"
)

// trust says how sure the inference is of a collection, and why: by which operations agree on its item.
func (in *inference) trust(c *Collection) {
	by := map[Role]*Binding{}
	for _, b := range c.Bindings {
		if by[b.Role] == nil {
			by[b.Role] = b
		}
	}
	thing := called(c.Item, Singular(c.Name))
	say := func(b *Binding, what string) string {
		return fmt.Sprintf("%s %s %s", b.Operation.Method, b.Operation.Path, what)
	}
	read, list, create := by[Read], by[List], by[Create]
	var why []string
	sure := 0.3
	switch {
	case c.Singleton && read != nil && (by[Update] != nil || by[Replace] != nil):
		sure = 0.9
		why = append(why, say(read, "answers one object and another operation at this path writes it"))
	case c.Singleton:
		sure = 0.6
		if read != nil {
			why = append(why, say(read, "answers one object at a path without an id"))
		}
	case read != nil && list != nil:
		sure = 0.95
		why = append(why, fmt.Sprintf("GET %s answers one %s and GET %s a list of %s", read.Operation.Path, thing, list.Operation.Path, called(list.Shown, thing)))
		if !read.Shows || !list.Shows || in.shapes.alike(read.Shown, list.Shown) < 0.5 {
			sure = 0.7
			why = []string{fmt.Sprintf("GET %s reads one item and GET %s lists, but their schemas differ", read.Operation.Path, list.Operation.Path)}
		}
	case read != nil && create != nil:
		sure = 0.9
		why = append(why, fmt.Sprintf("%s creates and GET %s reads one %s", create.Operation.Method+" "+create.Operation.Path, read.Operation.Path, thing))
	case list != nil && create != nil:
		sure = 0.8
		why = append(why, fmt.Sprintf("GET %s lists and POST %s creates", list.Operation.Path, create.Operation.Path))
	case read != nil:
		sure = 0.6
		why = append(why, say(read, "answers one "+thing+" by its id; nothing lists or creates"))
	case list != nil && (by[Delete] != nil || by[Update] != nil || by[Replace] != nil):
		sure = 0.8
		why = append(why, say(list, "lists, and items are changed or removed by their path"))
	case list != nil:
		sure = 0.6
		why = append(why, say(list, "answers a list; no path names one item"))
	case create != nil:
		sure = 0.55
		why = append(why, say(create, "creates; nothing lists or reads"))
	case len(c.Bindings) > 0:
		sure = 0.45
		why = append(why, say(c.Bindings[0], "works on an item that no operation shows"))
	}
	if !c.Singleton && c.ID.Property == "" && len(c.ID.Params) > 0 && c.Item != nil {
		sure -= 0.1
		why = append(why, fmt.Sprintf("no member of %s holds the id {%s}; it is kept beside the item", thing, c.ID.Params[len(c.ID.Params)-1]))
	} else if c.ID.Property != "" && len(c.ID.Params) > 0 {
		why = append(why, fmt.Sprintf("{%s} is the member %s", c.ID.Params[len(c.ID.Params)-1], c.ID.Property))
	}
	if in.sites[c].forced {
		sure = max(sure, 0.95)
	}
	c.Confidence = sure
	c.Reasons = append(why, c.Reasons...)
}
