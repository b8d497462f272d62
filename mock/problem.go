package mock

import (
	"net/http"
	"strings"

	"understudy/contracts"
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
	codeUnsatisfiable    = "unsatisfiable_schema"
)

func routeNotFound(method, path string, bases []string) *Problem {
	detail := "There is no operation " + method + " " + path + " in the contract."
	if len(bases) > 0 && bases[len(bases)-1] != "" {
		detail += " Its paths begin with " + strings.Join(bases, " or ") + "."
	}
	return &Problem{Status: http.StatusNotFound, Code: codeRouteNotFound, Detail: detail}
}

func methodNotAllowed(method, path string, allow []string) *Problem {
	list := strings.Join(allow, ", ")
	return &Problem{
		Status: http.StatusMethodNotAllowed, Code: codeMethodNotAllowed,
		Detail: "The method " + method + " is not supported for " + path + ". Supported methods: " + list + ".",
		Header: http.Header{"Allow": {list}},
	}
}

func internalProblem(cause error) *Problem {
	return &Problem{
		Status: http.StatusInternalServerError, Code: codeInternal,
		Detail: "The stand-in failed; the journal and the log hold the cause.", Cause: cause,
	}
}
