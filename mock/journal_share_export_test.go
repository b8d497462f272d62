package mock

// SealShared seals what another process that knows the secret would tell of an exchange.
func SealShared(secret [32]byte, contract string, plain []byte) []byte {
	return testSeal(secret, contract).close(7, plain)
}

// OpenShared gives what a process has told.
func OpenShared(secret [32]byte, contract string, text []byte) ([]byte, error) {
	return testSeal(secret, contract).open(text)
}

func testSeal(secret [32]byte, contract string) *journalSeal {
	seal, err := newJournalSeal(secret, contract, "")
	if err != nil {
		panic(err)
	}
	return seal
}

// WriteShared is what a process tells of an exchange that it gave an id.
func WriteShared(e *Entry, id uint64, replica string) ([]byte, error) {
	one := *e
	one.ID, one.origin = id, &origin{replica: replica}
	return wireForm(&one)
}

// ReadShared reads it.
func ReadShared(plain []byte) (*Entry, error) { return readWire(plain) }
