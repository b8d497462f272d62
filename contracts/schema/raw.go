package schema

// Raw is JSON text that stands for its value: AppendJSON copies it as it is. Only AppendJSON knows it; it is not
// judged and not made.
type Raw []byte

// RawList is a list whose items are JSON texts: AppendJSON copies them as they are, so that a long list is put together
// once. Like Raw it is not judged and not made.
type RawList [][]byte

// Size is the number of bytes that the list has as JSON.
func (l RawList) Size() int {
	size := 2 + max(len(l)-1, 0)
	for _, item := range l {
		size += len(item)
	}
	return size
}

func (l RawList) append(dst []byte) []byte {
	dst = append(dst, '[')
	for i, item := range l {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, item...)
	}
	return append(dst, ']')
}

// MarshalJSON gives the text.
func (l RawList) MarshalJSON() ([]byte, error) { return l.append(make([]byte, 0, l.Size())), nil }

// MarshalJSON gives the text.
func (r Raw) MarshalJSON() ([]byte, error) { return r, nil }

// UnmarshalJSON keeps the text.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}
