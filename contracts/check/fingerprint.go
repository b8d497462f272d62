package check

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"unicode/utf8"
)

// Fingerprint names a finding over runs: 20 hexadecimal digits made of check, contract, operation, the place in the contract
// and the keyword. The place is the JSON Pointer of At; a finding that rests on no sentence of the contract has Where in its stead.
//
// Neither the random data of the run, nor what came, nor file names and lines are in it, so that it is the same after the
// document was reordered, reformatted or moved, and on another day.
func Fingerprint(f Finding) string {
	operation := f.Operation
	if f.Path != "" {
		operation = f.Method + " " + f.Path // ids that are made up change with the tool, and operationId is often renamed
	} else if operation == "" {
		operation = f.Method
	}
	place := "#" + f.At.Pointer
	if f.At.Pointer == "" {
		place = f.Where
	}
	h := sha256.New()
	for _, part := range []string{f.Check, f.Contract, operation, place, f.Keyword} {
		_, _ = io.WriteString(h, part)
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:10])
}

// cut shortens a text to at most limit bytes, at a character. What is not UTF-8 is replaced, so that reports can be written.
func cut(text string, limit int) string {
	const more = "…"
	if len(text) > limit {
		end := limit - len(more)
		for end > 0 && !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end] + more
	}
	if utf8.ValidString(text) {
		return text
	}
	valid := make([]byte, 0, len(text))
	for _, r := range text {
		if r == utf8.RuneError {
			r = '?'
		}
		valid = utf8.AppendRune(valid, r)
	}
	return string(valid)
}
