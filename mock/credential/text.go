package credential

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp/syntax"
	"strings"

	"understudy/mock/store"
)

// Text makes up a text that nobody can guess: of the form of a regular expression, from the registry's secret and the
// next number in the store. It is for ids, codes and secrets; tx is a transaction of the registry's store.
func (r *Registry) Text(tx store.Tx, purpose, format string) (string, error) {
	tree, err := r.format(format)
	if err != nil {
		return "", err
	}
	n, err := r.next(tx)
	if err != nil {
		return "", err
	}
	mac := hmac.New(sha256.New, r.issuing[:])
	mac.Write(binary.BigEndian.AppendUint64(nil, n))
	mac.Write([]byte(r.contract.Name + "\x00" + purpose))
	w := textWriter{source: rand.New(rand.NewChaCha8([32]byte(mac.Sum(nil))))}
	w.write(tree)
	return w.String(), nil
}

// next gives the next number of the registry.
func (r *Registry) next(tx store.Tx) (uint64, error) {
	n := uint64(1)
	if value, err := tx.Get(r.prefix + keyNumber); err == nil && len(value) == 8 {
		n = binary.BigEndian.Uint64(value) + 1
	}
	return n, tx.Put(r.prefix+keyNumber, binary.BigEndian.AppendUint64(nil, n))
}

// digest is what is kept of a secret text that must not be read back.
func (r *Registry) digest(purpose, text string) []byte {
	mac := hmac.New(sha256.New, r.secret[:])
	mac.Write([]byte(purpose + "\x00" + text))
	return mac.Sum(nil)
}

// hashOf is the place of a credential's text.
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return string(sum[:])
}

func hexOf(hash string) string { return hex.EncodeToString([]byte(hash)) }

// format parses a regular expression once.
func (r *Registry) format(expression string) (*syntax.Regexp, error) {
	if tree, ok := r.formats.Load(expression); ok {
		return tree.(*syntax.Regexp), nil
	}
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("parse the form %s: %w", expression, err)
	}
	r.formats.Store(expression, tree)
	return tree, nil
}

// A textWriter writes one of the texts that an expression describes, each character equally likely.
type textWriter struct {
	strings.Builder
	source *rand.Rand
}

// moreRepeats is how often at most something is repeated beyond its least number, where the expression sets no end.
const moreRepeats = 3

// longestText bounds what nested repetitions can come to, in bytes.
const longestText = 4096

func (w *textWriter) write(t *syntax.Regexp) {
	if w.Len() > longestText {
		return
	}
	switch t.Op {
	case syntax.OpLiteral:
		for _, c := range t.Rune {
			w.WriteRune(c)
		}
	case syntax.OpCharClass:
		w.WriteRune(pick(t.Rune, w.source))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.WriteRune(pick([]rune{'0', '9', 'A', 'Z', 'a', 'z'}, w.source))
	case syntax.OpCapture, syntax.OpConcat:
		for _, part := range t.Sub {
			w.write(part)
		}
	case syntax.OpAlternate:
		w.write(t.Sub[w.source.IntN(len(t.Sub))])
	case syntax.OpQuest:
		w.repeat(t.Sub[0], 0, 1)
	case syntax.OpStar:
		w.repeat(t.Sub[0], 0, -1)
	case syntax.OpPlus:
		w.repeat(t.Sub[0], 1, -1)
	case syntax.OpRepeat:
		w.repeat(t.Sub[0], t.Min, t.Max)
	}
}

func (w *textWriter) repeat(t *syntax.Regexp, least, most int) {
	if most < 0 {
		most = least + moreRepeats
	}
	for range least + w.source.IntN(most-least+1) {
		w.write(t)
	}
}

// pick chooses a character of a class, given as pairs of first and last. Of classes that hold nearly everything only what
// can be printed in ASCII is taken.
func pick(class []rune, source *rand.Rand) rune {
	total := 0
	var ranges [][2]rune
	for i := 0; i+1 < len(class); i += 2 {
		low, high := max(class[i], '!'), min(class[i+1], '~')
		if low <= high {
			ranges = append(ranges, [2]rune{low, high})
			total += int(high-low) + 1
		}
	}
	if total == 0 {
		return class[0]
	}
	n := rune(source.IntN(total))
	for _, one := range ranges {
		if n <= one[1]-one[0] {
			return one[0] + n
		}
		n -= one[1] - one[0] + 1
	}
	return class[0]
}

// literalPrefix is what all texts of a form begin with: "ek_live_".
func literalPrefix(t *syntax.Regexp) string {
	switch t.Op {
	case syntax.OpLiteral:
		return string(t.Rune)
	case syntax.OpCapture:
		return literalPrefix(t.Sub[0])
	case syntax.OpConcat:
		for _, part := range t.Sub {
			if part.Op == syntax.OpBeginText || part.Op == syntax.OpBeginLine {
				continue
			}
			return literalPrefix(part)
		}
	}
	return ""
}

// prefixOf is the literal beginning of a class's texts.
func (r *Registry) prefixOf(c *Class) string {
	tree, err := r.format(c.Format)
	if err != nil {
		return ""
	}
	return literalPrefix(tree)
}
