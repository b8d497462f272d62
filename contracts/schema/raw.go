package schema

// Raw is JSON text that stands for its value: AppendJSON copies it as it is. Only AppendJSON knows it; it is not
// judged and not made.
type Raw []byte

// MarshalJSON gives the text.
func (r Raw) MarshalJSON() ([]byte, error) { return r, nil }

// UnmarshalJSON keeps the text.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}
