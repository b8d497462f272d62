package conformance_test

// A fault is one rule that the library breaks: the id of the check that must tell of it, with a word behind it where one check
// has several. also are checks that the same fault breaks.
type fault struct {
	fault string
	also  []string
}

var faults = []fault{
	{fault: "STS-001"}, {fault: "STS-002"}, {fault: "STS-003"},
	{fault: "STS-004", also: []string{"STS-001"}}, // a status that does not fit DELETE is not documented for it either

	{fault: "CTY-001"}, {fault: "CTY-002"}, {fault: "CTY-003"}, {fault: "CTY-004"}, {fault: "CTY-005"}, {fault: "CTY-006"},
	{fault: "SCH-001"}, {fault: "SCH-003"}, {fault: "SCH-004"},
	{fault: "HDR-001"}, {fault: "HDR-002"}, {fault: "HDR-003"}, {fault: "HDR-004"}, {fault: "HDR-005"},
	{fault: "POS-001"}, {fault: "POS-002"}, {fault: "POS-003"}, {fault: "POS-004"}, {fault: "POS-005"}, {fault: "POS-005:branch"}, {fault: "POS-006"},
	{fault: "NEG-001"}, {fault: "NEG-002"}, {fault: "NEG-003"}, {fault: "NEG-003:query"}, {fault: "NEG-004"}, {fault: "NEG-005"}, {fault: "NEG-005:query"},
	{fault: "NEG-006"}, {fault: "NEG-006:header"}, {fault: "NEG-007"}, {fault: "NEG-008"}, {fault: "NEG-009"}, {fault: "NEG-010"}, {fault: "NEG-011"},
	{fault: "NEG-012"}, {fault: "NEG-013"}, {fault: "NEG-014"}, {fault: "NEG-015"}, {fault: "NEG-020"},
	{fault: "MTH-001"}, {fault: "MTH-002"}, {fault: "MTH-003"}, {fault: "MTH-004"}, {fault: "MTH-005"}, {fault: "MTH-006"},
	{fault: "RES-001"}, {fault: "RES-002"}, {fault: "RES-003"}, {fault: "RES-004"}, {fault: "RES-004:delete"}, {fault: "RES-005"}, {fault: "RES-006"},
	{fault: "RES-007"}, {fault: "RES-008"}, {fault: "RES-009"}, {fault: "RES-009:other"}, {fault: "RES-010"}, {fault: "RES-011"}, {fault: "PRP-001"},
	{fault: "AUTH-001"}, {fault: "AUTH-002"}, {fault: "AUTH-003"}, {fault: "AUTH-004"}, {fault: "AUTH-005"}, {fault: "AUTH-006"}, {fault: "AUTH-007"},
	{fault: "AUTH-008"}, {fault: "AUTH-010"}, {fault: "AUTH-011"}, {fault: "AUTH-012"}, {fault: "AUTH-013"}, {fault: "AUTH-014"}, {fault: "AUTH-015"},
	{fault: "AUTH-016"},
	{fault: "AUZ-001"}, {fault: "AUZ-003"}, {fault: "AUZ-004"}, {fault: "AUZ-005"}, {fault: "AUZ-006"}, {fault: "AUZ-007"},
	{fault: "RATE-001"}, {fault: "RATE-002"}, {fault: "RATE-003"}, {fault: "RATE-004"}, {fault: "RATE-005"}, {fault: "RATE-006"}, {fault: "RATE-007"},
	{fault: "LIM-001"}, {fault: "LIM-002"}, {fault: "LIM-003"},
	{fault: "ERR-001"}, {fault: "ERR-002"}, {fault: "ERR-003"}, {fault: "ERR-004"}, {fault: "ERR-005"}, {fault: "ERR-006"},
	{fault: "SEC-002"}, {fault: "SEC-003"}, {fault: "SEC-004"}, {fault: "SEC-005"},
	{fault: "INV-001"},
}
