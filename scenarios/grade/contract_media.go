package grade

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/contracts/check"
	"understudy/contracts/inference"
)

func judgeContentType(rec *Recording, t *Trial) {
	wrong := map[*contracts.Operation][]*Call{}
	calls := map[*contracts.Operation]int{}
	for _, c := range rec.Calls {
		if c.Operation == nil || len(c.RequestBody) == 0 || inbound(c) {
			continue
		}
		t.Exercised(c)
		calls[c.Operation]++
		given := strings.Join(c.RequestHeader["Content-Type"], ", ")
		switch body := c.Operation.Body; {
		case body == nil:
			t.breaks(finding{
				message: fmt.Sprintf("%s %s takes no body, and a call sent one.", c.Method, told(c)), want: "no body", got: countOf(len(c.RequestBody), "byte"),
				where: "request body", keyword: "undeclared", level: check.Warning, at: check.PlaceOf(c.Operation.At),
			}, c)
		case len(body.Content) == 0:
		case given == "":
			t.breaks(finding{
				message: fmt.Sprintf("%s %s was sent a body without Content-Type: the server has to guess how to read it.", c.Method, told(c)), want: typesOf(body.Content), got: "no Content-Type",
				where: "request header Content-Type", keyword: "none", level: check.Warning, at: check.PlaceOf(body.At), norm: "RFC 9110, 8.3",
			}, c)
		case contracts.MatchMedia(given, body.Content) == nil:
			wrong[c.Operation] = append(wrong[c.Operation], c)
		}
	}
	for _, o := range rec.Contract.Operations {
		for _, c := range wrong[o] {
			given := c.RequestHeader.Get("Content-Type")
			f := finding{
				message: fmt.Sprintf("%s %s was sent a body of the type %s.", o.Method, o.Path, given), want: typesOf(o.Body.Content), got: given,
				where: "request header Content-Type", keyword: "type", at: check.PlaceOf(o.Body.At),
			}
			if !habit(len(wrong[o]), calls[o]) {
				f.level, f.sure = check.Warning, check.Likely
				f.message += onPurpose
			}
			t.breaks(f, c)
		}
	}
}

func typesOf(content []*contracts.MediaType) string {
	var names []string
	for _, m := range content {
		names = append(names, m.Name)
	}
	return strings.Join(names, " or ")
}

// offered gives the media types of an operation's good answers.
func offered(o *contracts.Operation) []*contracts.MediaType {
	var list []*contracts.MediaType
	for _, r := range o.Responses {
		if r.Code/100 == 2 || r.Status == "2XX" {
			list = append(list, r.Content...)
		}
	}
	return list
}

func judgeAccept(rec *Recording, t *Trial) {
	wrong := map[*contracts.Operation][]*Call{}
	calls := map[*contracts.Operation]int{}
	for _, c := range rec.Calls {
		if c.Operation == nil || inbound(c) || preflight(&c.Exchange) || len(c.RequestHeader["Accept"]) == 0 {
			continue
		}
		content := offered(c.Operation)
		if len(content) == 0 {
			continue
		}
		t.Exercised(c)
		calls[c.Operation]++
		if _, ok := contracts.Negotiate(strings.Join(c.RequestHeader["Accept"], ", "), content); !ok {
			wrong[c.Operation] = append(wrong[c.Operation], c)
		}
	}
	for _, o := range rec.Contract.Operations {
		for _, c := range wrong[o] {
			given := strings.Join(c.RequestHeader["Accept"], ", ")
			f := finding{
				message: fmt.Sprintf("%s %s answers in %s, and the client takes only %s.", o.Method, o.Path, typesOf(offered(o)), given), want: typesOf(offered(o)), got: given,
				where: "request header Accept", keyword: "type", at: check.PlaceOf(o.At),
			}
			if !habit(len(wrong[o]), calls[o]) {
				f.level, f.sure = check.Warning, check.Likely
				f.message += onPurpose
			}
			t.breaks(f, c)
		}
	}
}

func judgeVendorAccept(rec *Recording, t *Trial) {
	words := rec.Contract.Behaviour.Clients
	if words == nil || words.Accept == "" {
		t.NotExercised("the contract asks for no Accept in particular")
		return
	}
	for _, c := range rec.Calls {
		if c.Operation == nil || inbound(c) || preflight(&c.Exchange) || c.Operation.Behaviour.Session == "start" || c.Operation.Behaviour.Session == "callback" {
			continue // browsers come to these two by themselves
		}
		if !slices.ContainsFunc(offered(c.Operation), func(m *contracts.MediaType) bool { return sameType(m.Name, words.Accept) }) {
			continue
		}
		t.Exercised(c)
		given := strings.Join(c.RequestHeader["Accept"], ", ")
		if slices.ContainsFunc(strings.Split(given, ","), func(one string) bool { return sameType(one, words.Accept) }) {
			continue
		}
		f := finding{
			message: fmt.Sprintf("The vendor wants %s in Accept; a call of %s %s has %s.", words.Accept, c.Method, told(c), orNone(given)),
			want:    "Accept: " + words.Accept, got: orNone(given), where: "request header Accept", keyword: "vendor", at: check.PlaceOf(words.At), whole: true,
		}
		t.breaks(f, c)
	}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// sameType compares two media types without their parameters.
func sameType(a, b string) bool {
	x, _, err := mime.ParseMediaType(strings.TrimSpace(a))
	if err != nil {
		return false
	}
	y, _, err := mime.ParseMediaType(b)
	return err == nil && x == y
}

func judgeDeprecated(rec *Recording, t *Trial) {
	some := slices.ContainsFunc(rec.Contract.Operations, func(o *contracts.Operation) bool { return o.Deprecated })
	announced := false
	for _, c := range rec.Calls {
		if c.Operation == nil || inbound(c) {
			continue
		}
		deprecation, sunset := c.ResponseHeader.Get("Deprecation"), c.ResponseHeader.Get("Sunset")
		announced = announced || deprecation != "" || sunset != ""
		if some {
			t.Exercised(c)
		}
		f := finding{want: "an operation that stays", where: "request", keyword: "deprecated", at: check.PlaceOf(c.Operation.At)}
		switch {
		case c.Operation.Deprecated:
			f.got, f.message = "a deprecated one", fmt.Sprintf("%s %s is deprecated by the contract.", c.Method, told(c))
		case deprecation != "" && deprecation != "false" && deprecation != "?0":
			f.got, f.message = "Deprecation: "+deprecation, fmt.Sprintf("The answer of %s %s says that it is deprecated.", c.Method, told(c))
		case sunset != "":
			f.got, f.message = "Sunset: "+sunset, fmt.Sprintf("The answer of %s %s announces its end.", c.Method, told(c))
		default:
			continue
		}
		if end, err := http.ParseTime(sunset); err == nil {
			f.message += " It ends on " + end.UTC().Format("2 January 2006") + "."
			if c.Start.After(end) {
				f.level, f.keyword = check.Failure, "over"
				f.message = fmt.Sprintf("%s %s was to end on %s and is still called.", c.Method, told(c), end.UTC().Format("2 January 2006"))
			}
		}
		t.Exercised(c)
		t.breaks(f, c)
	}
	if !some && !announced {
		t.NotExercised("the contract has no deprecated operation, and no answer told of one")
	}
}

func judgeUploads(rec *Recording, t *Trial) {
	words := rec.Contract.Behaviour.Clients
	if words == nil || words.Uploads == 0 {
		t.NotExercised("the contract says nothing of uploads at the same time")
		return
	}
	var uploads []*Call
	lasts := false
	for _, c := range rec.Calls {
		if c.Operation != nil && rec.Model != nil && rec.Model.Binding(c.Operation).Role == inference.Upload {
			uploads = append(uploads, c)
			lasts = lasts || c.Duration > 0
		}
	}
	if len(uploads) <= words.Uploads {
		return
	}
	if !lasts {
		t.NotExercised("by the recording's clock no upload took any time")
		return
	}
	t.Exercised(uploads[0], uploads[len(uploads)-1])
	var most []*Call
	for _, c := range uploads {
		var under []*Call
		for _, other := range uploads {
			if other == c || !other.Start.After(c.Start) && other.End().After(c.Start) {
				under = append(under, other)
			}
		}
		if len(under) > len(most) {
			most = under
		}
	}
	if len(most) > words.Uploads {
		t.breaks(finding{
			message: fmt.Sprintf("%d uploads were under way at the same time; the contract wants heavy work to be queued, %d at a time.", len(most), words.Uploads),
			want:    fmt.Sprintf("at most %d at the same time", words.Uploads), got: countOf(len(most), "upload"), where: "request", keyword: "uploads", at: check.PlaceOf(words.At),
		}, most...)
	}
}
