package mock

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"understudy/contracts"
)

// What one process tells the others of an exchange is all that its journal has of it, credentials included: what may be shown of them
// is decided when somebody reads, everywhere alike. So it is sealed, with a key that comes from the secret of the credentials: credentials
// stand neither in what Redis writes to its disk, nor in its slow log or with its MONITOR, and who does not know the secret cannot bring in
// exchanges that never were. The secret is in Redis too: it is no protection from whoever may read everything there.

// Bounds of what is told of one exchange.
const (
	sharedBody = 64 << 10  // bytes of each body; the rest is cut off
	mostShared = 512 << 10 // bytes in all. Where headers take more, the others do not hear of the exchange
)

// sealedHead is a version and the mark of who wrote.
const (
	sealedVersion = 1
	sealedHead    = 1 + 8
)

// weighShared is about what an entry takes that waits to be sent.
func weighShared(e *Entry) int {
	return e.size - len(e.RequestBody) - len(e.ResponseBody) + min(len(e.RequestBody), sharedBody) + min(len(e.ResponseBody), sharedBody)
}

// texts are what the others are told of some entries, and how many of these are too large for it.
func (h *journalShare) texts(batch []*Entry) (list [][]byte, unfit int) {
	for _, e := range batch {
		text, err := wireForm(e)
		if err != nil || sealedHead+len(text)+h.seal.grows() > mostShared {
			unfit++
			continue
		}
		list = append(list, h.seal.close(h.mark, text))
	}
	return list, unfit
}

var errNoExchange = errors.New("it is no exchange that a process of this stand-in answered")

// entry reads what another process has told.
func (h *journalShare) entry(text []byte) (*Entry, error) {
	if len(text) > mostShared {
		return nil, errNoExchange
	}
	plain, err := h.seal.open(text)
	if err != nil {
		return nil, err
	}
	e, err := readWire(plain)
	if err != nil {
		return nil, err
	}
	e.Operation = h.operation(e.Trace.Operation)
	e.RequestSize, e.ResponseSize = max(e.RequestSize, len(e.RequestBody)), max(e.ResponseSize, len(e.ResponseBody))
	if e.Operation == nil && e.Trace.Operation != "" { // of another version of the contract: what is secret in its bodies is not known here
		e.RequestCut, e.ResponseCut = e.RequestCut || len(e.RequestBody) > 0, e.ResponseCut || len(e.ResponseBody) > 0
		e.RequestBody, e.ResponseBody = nil, nil
	}
	h.journal.cut(&e.RequestBody, &e.RequestCut)
	h.journal.cut(&e.ResponseBody, &e.ResponseCut)
	e.size = e.weigh()
	return e, nil
}

// operation is the contract's of an id; nil: it has none.
func (h *journalShare) operation(id string) *contracts.Operation {
	if at := slices.IndexFunc(h.contract.Operations, func(o *contracts.Operation) bool { return o.ID == id }); at >= 0 && id != "" {
		return h.contract.Operations[at]
	}
	return nil
}

// writerMark is by what a process knows its own texts: beside the number, which a Redis that lost all may give twice.
func writerMark(replica string, number uint64) uint64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", replica, number))
	return binary.BigEndian.Uint64(sum[:])
}

// A journalSeal closes texts for those who know a secret. Equal texts would be equal when closed; no two are, since they have IDs.
type journalSeal struct {
	box  cipher.AEAD
	once []byte // key of nonces
}

func newJournalSeal(secret [32]byte, contract, sandbox string) (*journalSeal, error) {
	key := func(purpose string) []byte {
		mac := hmac.New(sha256.New, secret[:])
		_, _ = fmt.Fprintf(mac, "%s of the shared journal\x00%s\x00%s", purpose, contract, sandbox)
		return mac.Sum(nil)
	}
	block, err := aes.NewCipher(key("cipher"))
	if err != nil {
		return nil, err
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &journalSeal{box: box, once: key("nonces")}, nil
}

// grows is how much longer a text is when it is closed, without its head.
func (s *journalSeal) grows() int { return s.box.NonceSize() + s.box.Overhead() }

// close seals what a process writes. The nonce comes from the text, as nobody here draws lots: it is another one for each text
// (as the synthetic nonces of RFC 8452 are, and RFC 5116, 3.2, asks for).
func (s *journalSeal) close(mark uint64, plain []byte) []byte {
	text := make([]byte, sealedHead, sealedHead+s.grows()+len(plain))
	text[0] = sealedVersion
	binary.BigEndian.PutUint64(text[1:], mark)
	mac := hmac.New(sha256.New, s.once)
	mac.Write(text)
	mac.Write(plain)
	nonce := mac.Sum(nil)[:s.box.NonceSize()]
	return s.box.Seal(append(text, nonce...), nonce, plain, text)
}

// markOf tells who wrote a text, as the text says; 0: it says nothing.
func markOf(text []byte) uint64 {
	if len(text) < sealedHead || text[0] != sealedVersion {
		return 0
	}
	return binary.BigEndian.Uint64(text[1:])
}

func (s *journalSeal) open(text []byte) ([]byte, error) {
	begin := sealedHead + s.box.NonceSize()
	if len(text) < begin || text[0] != sealedVersion {
		return nil, errNoExchange
	}
	plain, err := s.box.Open(nil, text[sealedHead:begin], text[begin:], text[:sealedHead])
	if err != nil {
		return nil, fmt.Errorf("%w: it was sealed with another secret", errNoExchange)
	}
	return plain, nil
}
