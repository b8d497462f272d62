package scan

// An automaton finds many literals in one pass over a text (Aho and Corasick, 1975). Every byte costs one step in a table, however
// many literals there are.
type automaton struct {
	class   [256]uint16 // bytes that no literal tells apart share a class
	classes int
	next    []uint32 // state × class: the next state, times classes; the mark says that literals end there
	ends    [][]int  // state: the literals that end there
}

const mark = 1 << 31

// newAutomaton makes an automaton for literals, none of which may be empty.
func newAutomaton(literals []string) *automaton {
	a := &automaton{classes: 1} // class 0: bytes of no literal
	for _, l := range literals {
		for i := range len(l) {
			if a.class[l[i]] == 0 {
				a.class[l[i]] = uint16(a.classes)
				a.classes++
			}
		}
	}
	a.grow()
	for i, l := range literals {
		state := 0
		for j := range len(l) {
			at := state*a.classes + int(a.class[l[j]])
			if a.next[at] == 0 {
				a.next[at] = uint32(a.grow())
			}
			state = int(a.next[at])
		}
		a.ends[state] = append(a.ends[state], i)
	}
	a.link()
	return a
}

func (a *automaton) grow() int {
	a.next = append(a.next, make([]uint32, a.classes)...)
	a.ends = append(a.ends, nil)
	return len(a.ends) - 1
}

// link fills the steps that leave the trie, breadth first, and makes of states their offsets.
func (a *automaton) link() {
	fail := make([]int, len(a.ends))
	queue := []int{0}
	for n := 0; n < len(queue); n++ {
		state := queue[n]
		for c := range a.classes {
			at := state*a.classes + c
			child := int(a.next[at])
			switch {
			case child != 0:
				if state != 0 {
					fail[child] = int(a.next[fail[state]*a.classes+c])
				}
				a.ends[child] = append(a.ends[child], a.ends[fail[child]]...)
				queue = append(queue, child)
			case state != 0:
				a.next[at] = a.next[fail[state]*a.classes+c]
			}
		}
	}
	for i, state := range a.next {
		a.next[i] = state * uint32(a.classes)
		if a.ends[state] != nil {
			a.next[i] |= mark
		}
	}
}

// find calls visit for each literal with the place behind its last byte, in the order of these places.
func (a *automaton) find(text []byte, visit func(literal, end int)) {
	state := uint32(0)
	for i, b := range text {
		state = a.next[state+uint32(a.class[b])]
		if state&mark == 0 {
			continue
		}
		state &^= mark
		for _, l := range a.ends[state/uint32(a.classes)] {
			visit(l, i+1)
		}
	}
}
