package mock

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"understudy/contracts"
	"understudy/mock/store"
)

// A Problem ends a request early. It says what happened; the contract decides what the answer looks like.
type Problem struct {
	Status     int
	Code       string // our word for the reason, stable: "route_not_found"
	Detail     string // for the person who reads the answer: what to send instead
	Header     http.Header
	Violations []contracts.Violation
	// Cause is the error behind it, where there is one. It is journalled, with a 500 logged as well, and never sent.
	Cause error
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// The codes of problems. Overlays refer to them in error templates and clients may compare them where the shape
// shows a code.
const (
	codeRouteNotFound    = "route_not_found"
	codeMethodNotAllowed = "method_not_allowed"
	codeNotFound         = "not_found"
	codeConflict         = "conflict"
	codePrecondition     = "precondition_failed"
	codeNotAcceptable    = "not_acceptable"
	codeTooLarge         = "body_too_large"
	codeTimeout          = "request_timeout"
	codeUnsupported      = "unsupported_media_type"
	codeMalformed        = "malformed_body"
	codeBadRequest       = "bad_request"
	codeValidation       = "validation_failed"
	codeHTTPSRequired    = "https_required"
	codePreferred        = "preferred"
	codeNoSandbox        = "sandbox_not_found"
	codeSeedRefused      = "seed_refused"
	codeFault            = "fault" // one that was ordered
	codeFaultRefused     = "fault_refused"
	codeInternal         = "internal_error"
	codeStoreAway        = "store_away"
	codeUnsatisfiable    = "unsatisfiable_schema"
)

// shownText is how many bytes of what a client sent stand in the text of an answer.
const shownText = 200

// shortened cuts what a client sent, so that an answer is not made large, several times over, by the request.
func shortened(text string) string {
	if len(text) <= shownText {
		return text
	}
	return strings.ToValidUTF8(text[:shownText], "") + "…"
}

// shownBases is how many of the servers' paths an answer tells.
const shownBases = 10

func routeNotFound(method, path string, bases []string) *Problem {
	detail := "There is no operation " + shortened(method) + " " + shortened(path) + " in the contract."
	if len(bases) > 0 && bases[len(bases)-1] != "" {
		more := ""
		if len(bases) > shownBases {
			bases, more = bases[:shownBases], " or one of "+strconv.Itoa(len(bases)-shownBases)+" others"
		}
		detail += " Its paths begin with " + strings.Join(bases, " or ") + more + "."
	}
	return &Problem{Status: http.StatusNotFound, Code: codeRouteNotFound, Detail: detail}
}

func methodNotAllowed(method, path string, allow []string) *Problem {
	list := strings.Join(allow, ", ")
	return &Problem{
		Status: http.StatusMethodNotAllowed, Code: codeMethodNotAllowed,
		Detail: "The method " + shortened(method) + " is not supported for " + shortened(path) + ". Supported methods: " + list + ".",
		Header: http.Header{"Allow": {list}},
	}
}

func internalProblem(cause error) *Problem {
	if errors.Is(cause, store.ErrAway) {
		return awayProblem(cause)
	}
	return &Problem{
		Status: http.StatusInternalServerError, Code: codeInternal,
		Detail: "The stand-in failed; the journal and the log hold the cause.", Cause: cause,
	}
}
