package contracts

// Limits bounds what a document may cost. Zero fields take the defaults of defaultLimits.
type Limits struct {
	Bytes      int64 // of one file, and of the whole document written as one
	Total      int64 // of all files together
	Files      int   // that belong to one document
	Depth      int   // of nested mappings and sequences
	Nodes      int   // keys and values in one file, YAML aliases expanded
	References int   // that are followed in the whole document
}

// defaultLimits are some four times what the largest real documents need.
var defaultLimits = Limits{
	Bytes:      64 << 20,
	Total:      256 << 20,
	Files:      10_000,
	Depth:      512,
	Nodes:      2_000_000,
	References: 1_000_000,
}

// filled gives the limits with defaults where nothing was said.
func (l Limits) filled() Limits {
	set := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	if l.Bytes <= 0 {
		l.Bytes = defaultLimits.Bytes
	}
	if l.Total <= 0 {
		l.Total = defaultLimits.Total
	}
	set(&l.Files, defaultLimits.Files)
	set(&l.Depth, defaultLimits.Depth)
	set(&l.Nodes, defaultLimits.Nodes)
	set(&l.References, defaultLimits.References)
	return l
}
