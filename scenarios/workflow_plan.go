package scenarios

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"

	"understudy/contracts/check"
	"understudy/scenarios/arazzo"
)

// planned is one workflow with one row of data.
type planned struct {
	script   *Script
	workflow *arazzo.Workflow
	id       string
	row      map[string]any
	number   int // of the row, from 1; 0: the workflow has no table
	err      error

	begun  bool
	result *Test // nil until it was played or skipped
}

// test is the test as far as it is known before it was played.
func (one *planned) test() Test {
	w := one.workflow
	t := Test{ID: one.id, Name: cmp.Or(w.Summary, w.ID), At: placeOf(w.At)}
	if one.number > 0 {
		t.Name += fmt.Sprintf(" (row %d)", one.number)
	}
	for _, e := range []arazzo.Extension{one.script.Document.Extension, w.Extension} {
		t.Tags = append(t.Tags, e.Tags...)
		t.Requirements = append(t.Requirements, e.Requirements...)
	}
	return t
}

func placeOf(at arazzo.Position) check.Place {
	return check.Place{File: at.File, Line: at.Line, Pointer: at.Pointer}
}

// A node is one workflow of one script.
type node struct {
	script   *Script
	workflow *arazzo.Workflow
}

// plan lists what is to be played, and groups what depends on each other. Shards take whole groups, so that each of them has
// what its workflows depend on and no test runs in two.
func (p *player) plan() {
	groupOf := p.components()
	chosen := map[node]bool{}
	var choose func(n node)
	choose = func(n node) {
		if chosen[n] {
			return
		}
		chosen[n] = true
		for _, other := range p.dependencies(n) {
			choose(other)
		}
	}
	for _, s := range p.scripts {
		for _, w := range p.selected(s) {
			choose(node{s, w})
		}
	}
	at := map[node]int{} // first workflow of a group → index of the group
	for _, s := range p.scripts {
		for _, w := range s.Document.Workflows {
			n := node{s, w}
			if !chosen[n] {
				continue
			}
			first := groupOf[n]
			for _, one := range p.rows(n, first) {
				p.plans = append(p.plans, one)
				i, found := at[first]
				if !found {
					i = len(p.groups)
					p.groups = append(p.groups, nil)
					at[first] = i
				}
				p.groups[i] = append(p.groups[i], one)
			}
		}
	}
}

// rows are the tests of a workflow that the shard has. A workflow that nothing depends on is dealt out row by row.
func (p *player) rows(n node, group node) []*planned {
	rows, err := n.script.Document.Rows(n.workflow, n.script.Files)
	tabled := rows != nil
	if !tabled {
		rows = []map[string]any{nil}
	}
	alone := group == n && !slices.ContainsFunc(p.nodes(), func(other node) bool { return slices.Contains(p.dependencies(other), n) })
	var list []*planned
	for i, row := range rows {
		one := &planned{script: n.script, workflow: n.workflow, id: n.script.Name + "/" + n.workflow.ID, row: row, err: err}
		if tabled {
			one.number = i + 1
			one.id += "/" + strconv.Itoa(i+1)
		}
		dealt := one.id
		if !alone {
			dealt = group.script.Name + "/" + group.workflow.ID
		}
		if p.options.Shard.Has(dealt) {
			list = append(list, one)
		}
	}
	return list
}

func (p *player) nodes() []node {
	var list []node
	for _, s := range p.scripts {
		for _, w := range s.Document.Workflows {
			list = append(list, node{s, w})
		}
	}
	return list
}

// selected are the workflows of a script that are tests of their own and were asked for.
func (p *player) selected(s *Script) []*arazzo.Workflow {
	if s.Library && len(p.options.Only) == 0 {
		return nil
	}
	roots := rootsOf(s.Document)
	var list []*arazzo.Workflow
	for _, w := range s.Document.Workflows {
		asked := len(p.options.Only) == 0 && roots[w.ID] || slices.Contains(p.options.Only, w.ID)
		if asked && p.tagged(s.Document, w) {
			list = append(list, w)
		}
	}
	return list
}

func (p *player) tagged(d *arazzo.Document, w *arazzo.Workflow) bool {
	if len(p.options.Tags) == 0 {
		return true
	}
	return slices.ContainsFunc(p.options.Tags, func(tag string) bool {
		return slices.Contains(w.Extension.Tags, tag) || slices.Contains(d.Extension.Tags, tag)
	})
}

// calls are the workflows of the same document that a workflow calls, by steps or actions.
func calls(w *arazzo.Workflow) []string {
	var list []string
	take := func(r *arazzo.Reference) {
		if r != nil && r.Source == "" && r.ID != w.ID {
			list = append(list, r.ID)
		}
	}
	for _, a := range slices.Concat(w.SuccessActions, w.FailureActions) {
		take(a.Workflow)
	}
	for _, s := range w.Steps {
		take(s.Workflow)
		for _, a := range slices.Concat(s.OnSuccess, s.OnFailure) {
			take(a.Workflow)
		}
	}
	return list
}

// rootsOf are the workflows of a document that are tests of their own: those that no other calls. Of workflows that call each
// other in a circle and that nobody else calls, the first one is.
func rootsOf(d *arazzo.Document) map[string]bool {
	called := map[string]bool{}
	for _, w := range d.Workflows {
		for _, id := range calls(w) {
			called[id] = true
		}
	}
	roots, reached := map[string]bool{}, map[string]bool{}
	var reach func(w *arazzo.Workflow)
	reach = func(w *arazzo.Workflow) {
		if w == nil || reached[w.ID] {
			return
		}
		reached[w.ID] = true
		for _, id := range calls(w) {
			reach(d.Workflow(id))
		}
	}
	for _, w := range d.Workflows {
		if !called[w.ID] {
			roots[w.ID] = true
			reach(w)
		}
	}
	for _, w := range d.Workflows {
		if !reached[w.ID] {
			roots[w.ID] = true
			reach(w)
		}
	}
	return roots
}

// dependencies are the workflows that must have succeeded before one: those that it names, and those whose steps its own
// steps wait for. What is not there is told when the workflow is played.
func (p *player) dependencies(n node) []node {
	var list []node
	add := func(source, id string) {
		s := n.script
		if source != "" {
			s = p.scriptOf(n.script, source)
		}
		if s == nil {
			return
		}
		if w := s.Document.Workflow(id); w != nil && (node{s, w}) != n && !slices.Contains(list, node{s, w}) {
			list = append(list, node{s, w})
		}
	}
	for _, r := range n.workflow.DependsOn {
		add(r.Source, r.ID)
	}
	for _, s := range n.workflow.Steps {
		for _, r := range s.DependsOn {
			if r.Workflow != "" {
				add(r.Source, r.Workflow)
			}
		}
	}
	return list
}

// components says of every workflow which one is the first of all that it hangs together with by dependence.
func (p *player) components() map[node]node {
	first := map[node]node{}
	nodes := p.nodes()
	neighbours := map[node][]node{}
	for _, n := range nodes {
		for _, other := range p.dependencies(n) {
			neighbours[n] = append(neighbours[n], other)
			neighbours[other] = append(neighbours[other], n)
		}
	}
	for _, n := range nodes {
		if _, done := first[n]; done {
			continue
		}
		queue := []node{n}
		first[n] = n
		for len(queue) > 0 {
			at := queue[0]
			queue = queue[1:]
			for _, other := range neighbours[at] {
				if _, done := first[other]; !done {
					first[other] = n
					queue = append(queue, other)
				}
			}
		}
	}
	return first
}

// scriptOf finds the script that an Arazzo source of another one leads to: by the path of its file, or by its $self.
func (p *player) scriptOf(from *Script, source string) *Script {
	described := from.Document.Source(source)
	if described == nil || described.URL == "" {
		return nil
	}
	for _, s := range p.scripts {
		if s.Document.Self != "" && s.Document.Self == described.URL || path.Clean(s.Name) == path.Join(path.Dir(from.Name), described.URL) {
			return s
		}
	}
	return nil
}
