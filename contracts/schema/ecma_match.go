package schema

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits on the matcher.
const (
	maxInstructions = 50_000
	maxMatchSteps   = 500_000
)

// ecmaProgram is a regular expression for the backtracking matcher.
type ecmaProgram struct {
	code  []ecmaCode
	slots int // captures (two a group) and places of loops
}

type ecmaCodeOp uint8

const (
	codeSet      ecmaCodeOp = iota
	codeSplit               // try x, then y
	codeJump                // go to x
	codeSave                // note the place in slot x
	codeProgress            // fail where the place is still that of slot x
	codeBegin
	codeEnd
	codeWord
	codeNotWord
	codeLook // look from x; go on at y
	codeBack // what slots x and x+1 enclose
	codeMatch
)

type ecmaCode struct {
	op               ecmaCodeOp
	fold             bool
	behind, negative bool
	x, y             int
	set              runeSet
}

// program compiles the expression for the matcher. Slots 2g and 2g+1 are those of group g.
func (n *ecmaNode) program(groups int) (*ecmaProgram, error) {
	c := &ecmaCompiler{slots: 2 * (groups + 1)}
	if !c.add(n) || c.emit(ecmaCode{op: codeMatch}) < 0 {
		return nil, errPatternSize
	}
	return &ecmaProgram{code: c.code, slots: c.slots}, nil
}

type ecmaCompiler struct {
	code  []ecmaCode
	slots int
}

func (c *ecmaCompiler) emit(i ecmaCode) int {
	if len(c.code) >= maxInstructions {
		return -1
	}
	c.code = append(c.code, i)
	return len(c.code) - 1
}

// add compiles a node; false means that the program is too large.
func (c *ecmaCompiler) add(n *ecmaNode) bool {
	switch n.op {
	case ecmaSet:
		return c.emit(ecmaCode{op: codeSet, set: n.set, fold: n.fold}) >= 0
	case ecmaConcat:
		for _, sub := range n.subs {
			if !c.add(sub) {
				return false
			}
		}
		return true
	case ecmaChoice:
		return c.choice(n.subs)
	case ecmaGroup:
		return c.emit(ecmaCode{op: codeSave, x: 2 * n.group}) >= 0 && c.add(n.subs[0]) &&
			c.emit(ecmaCode{op: codeSave, x: 2*n.group + 1}) >= 0
	case ecmaRepeat:
		return c.repeat(n)
	case ecmaBegin:
		return c.emit(ecmaCode{op: codeBegin}) >= 0
	case ecmaEnd:
		return c.emit(ecmaCode{op: codeEnd}) >= 0
	case ecmaWord:
		return c.emit(ecmaCode{op: codeWord}) >= 0
	case ecmaNotWord:
		return c.emit(ecmaCode{op: codeNotWord}) >= 0
	case ecmaBack:
		return c.emit(ecmaCode{op: codeBack, x: 2 * n.group, fold: n.fold}) >= 0
	case ecmaLook:
		at := c.emit(ecmaCode{op: codeLook, behind: n.behind, negative: n.negative})
		if at < 0 || !c.add(n.subs[0]) || c.emit(ecmaCode{op: codeMatch}) < 0 {
			return false
		}
		c.code[at].x, c.code[at].y = at+1, len(c.code)
		return true
	}
	return true
}

func (c *ecmaCompiler) choice(subs []*ecmaNode) bool {
	var ends []int
	for i, sub := range subs {
		if i == len(subs)-1 {
			if !c.add(sub) {
				return false
			}
			break
		}
		split := c.emit(ecmaCode{op: codeSplit})
		if split < 0 || !c.add(sub) {
			return false
		}
		end := c.emit(ecmaCode{op: codeJump})
		if end < 0 {
			return false
		}
		ends = append(ends, end)
		c.code[split].x, c.code[split].y = split+1, len(c.code)
	}
	for _, end := range ends {
		c.code[end].x = len(c.code)
	}
	return true
}

func (c *ecmaCompiler) repeat(n *ecmaNode) bool {
	for range n.min {
		before := len(c.code)
		if !c.add(n.subs[0]) {
			return false
		}
		if len(c.code) == before { // nothing, however often
			return true
		}
	}
	if n.max == unlimited {
		slot := c.slots
		c.slots++
		split := c.emit(ecmaCode{op: codeSplit})
		if split < 0 || c.emit(ecmaCode{op: codeSave, x: slot}) < 0 || !c.add(n.subs[0]) ||
			c.emit(ecmaCode{op: codeProgress, x: slot}) < 0 || c.emit(ecmaCode{op: codeJump, x: split}) < 0 {
			return false
		}
		c.fork(split, split+1, len(c.code), n.lazy)
		return true
	}
	var splits []int
	for range n.max - n.min {
		split := c.emit(ecmaCode{op: codeSplit})
		if split < 0 || !c.add(n.subs[0]) {
			return false
		}
		splits = append(splits, split)
	}
	for _, split := range splits {
		c.fork(split, split+1, len(c.code), n.lazy)
	}
	return true
}

// fork sets the two ways of a split; the lazy form tries to leave first.
func (c *ecmaCompiler) fork(split, in, out int, lazy bool) {
	if lazy {
		in, out = out, in
	}
	c.code[split].x, c.code[split].y = in, out
}

type ecmaMatcher struct {
	*ecmaProgram
	text  string
	steps int
	slot  []int
	stack []ecmaFrame
}

// ecmaFrame is what to go back to: a place in the program and text, or the old value of a slot.
type ecmaFrame struct {
	pc, at int // pc -1: slot holds at again
	slot   int
}

// run follows the program from pc at a place in the text. Where end is not -1 the match must end there.
func (m *ecmaMatcher) run(pc, at, end int) bool {
	base := len(m.stack)
	for {
		if m.steps--; m.steps < 0 {
			return false
		}
		next, to := m.step(pc, at, end)
		if next == accepted {
			m.keep(base)
			return true
		}
		if next >= 0 {
			pc, at = next, to
			continue
		}
		// Go back to the last choice.
		for {
			if len(m.stack) == base {
				return false
			}
			f := m.stack[len(m.stack)-1]
			m.stack = m.stack[:len(m.stack)-1]
			if f.pc >= 0 {
				pc, at = f.pc, f.at
				break
			}
			m.slot[f.slot] = f.at
		}
	}
}

// keep drops the choices above base, but not the old values of slots, which an outer choice may need.
func (m *ecmaMatcher) keep(base int) {
	m.stack = append(m.stack[:base], slices.DeleteFunc(m.stack[base:], func(f ecmaFrame) bool { return f.pc >= 0 })...)
}

const (
	failed   = -1
	accepted = -2
)

// step carries out one instruction and gives the next one with its place, failed or accepted.
func (m *ecmaMatcher) step(pc, at, end int) (int, int) {
	c := &m.code[pc]
	ok := false
	switch c.op {
	case codeSet:
		r, size := utf8.DecodeRuneInString(m.text[at:])
		if size > 0 && (c.set.has(r) || c.fold && c.set.hasFolded(r)) {
			return pc + 1, at + size
		}
		return failed, at
	case codeSplit:
		m.stack = append(m.stack, ecmaFrame{pc: c.y, at: at})
		return c.x, at
	case codeJump:
		return c.x, at
	case codeSave:
		m.stack = append(m.stack, ecmaFrame{pc: -1, at: m.slot[c.x], slot: c.x})
		m.slot[c.x] = at
		ok = true
	case codeProgress:
		ok = m.slot[c.x] != at
	case codeBegin:
		ok = at == 0
	case codeEnd:
		ok = at == len(m.text)
	case codeWord, codeNotWord:
		ok = m.boundary(at) == (c.op == codeWord)
	case codeLook:
		if m.look(c, at) != c.negative {
			return c.y, at
		}
	case codeBack:
		from, to := m.slot[c.x], m.slot[c.x+1]
		if from < 0 || to < from {
			return pc + 1, at
		}
		want := m.text[from:to]
		if rest := m.text[at:]; len(rest) >= len(want) && (rest[:len(want)] == want || c.fold && strings.EqualFold(rest[:len(want)], want)) {
			return pc + 1, at + len(want)
		}
	case codeMatch:
		if end < 0 || at == end {
			return accepted, at
		}
	}
	if !ok {
		return failed, at
	}
	return pc + 1, at
}

// look says whether what a look-around asks for stands here. Behind, all beginnings are tried.
func (m *ecmaMatcher) look(c *ecmaCode, at int) bool {
	if !c.behind {
		return m.run(c.x, at, -1)
	}
	for from := at; from >= 0 && m.steps >= 0; from-- {
		if from < len(m.text) && !utf8.RuneStart(m.text[from]) {
			continue
		}
		if m.run(c.x, from, at) {
			return true
		}
	}
	return false
}

func (m *ecmaMatcher) boundary(at int) bool {
	before := at > 0 && isWordByte(m.text[at-1])
	after := at < len(m.text) && isWordByte(m.text[at])
	return before != after
}

func isWordByte(c byte) bool { return isLetterOrDigit(c) || c == '_' }
