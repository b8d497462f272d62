package schema

import "strings"

// kindOfName tells from the name of a property what its value is about. owner is the name of the object around it: a
// Company's name is not a person's.
func kindOfName(name, owner string) kind {
	if name == "" || len(name) > 80 {
		return noKind
	}
	s := spelled(name)
	if k := kindOfWhole(s); k != noKind {
		if k == kindName {
			return kindOfOwner(owner)
		}
		return k
	}
	first, _, _ := strings.Cut(s, "_")
	last := s[strings.LastIndexByte(s, '_')+1:]
	if first == s {
		return kindOfSuffix(s)
	}
	switch first {
	case "is", "has", "can", "should", "allow", "allows", "enable", "supports", "include", "includes", "use", "uses":
		return kindLikely
	case "num", "nb", "total", "max", "min", "n":
		if k := kindOfWhole(last); k.numeric() {
			return k
		}
		return kindCount
	}
	switch last {
	case "name":
		if k := kindOfOwner(strings.TrimSuffix(s, "_name")); k != kindProduct {
			return k
		}
		return kindOfOwner(owner)
	case "at", "on", "since":
		return kindOfInstant(strings.TrimSuffix(strings.TrimSuffix(s, "_at"), "_on"))
	case "date", "time", "timestamp", "datetime", "ms", "seconds":
		if stem := s[:len(s)-len(last)-1]; kindOfInstant(stem) != kindDate || last == "date" || last == "timestamp" || last == "datetime" {
			return kindOfInstant(stem)
		}
		if last == "time" {
			return kindDate
		}
		return kindDuration
	case "enabled", "active", "verified", "visible", "available":
		return kindLikely
	case "disabled", "deleted", "archived", "suspended", "locked", "hidden":
		return kindUnlikely
	case "ids":
		return kindID
	}
	if k := kindOfWhole(last); k != noKind && k != kindName {
		return k
	}
	return kindOfSuffix(last)
}

// kindOfInstant tells what kind of date a verb names.
func kindOfInstant(verb string) kind {
	switch verb {
	case "created", "creation", "create", "inserted", "registered", "joined", "added", "opened", "issued", "date_created", "posted":
		return kindCreated
	case "updated", "modified", "changed", "last_updated", "last_modified", "update", "modification", "edited", "pushed", "last_update", "last_edited":
		return kindUpdated
	case "expires", "expiry", "expiration", "expire", "due", "valid_until", "next", "renews", "not_after", "scheduled", "next_run",
		"expired_after", "available", "estimated_arrival", "delivery":
		return kindFuture
	case "deleted", "cancelled", "canceled", "archived", "closed", "completed", "ended", "revoked", "suspended", "failed", "removed",
		"disabled", "resolved", "refunded", "voided", "dismissed", "finished":
		return kindEnded
	case "start", "starts", "begin", "begins", "from", "starting", "period_start", "current_period_start":
		return kindStart
	case "end", "ends", "to", "until", "ending", "period_end", "current_period_end", "finish":
		return kindEnd
	case "birth", "born", "date_of_birth":
		return kindBirth
	}
	return kindDate
}

// kindOfOwner tells what the name of something is like.
func kindOfOwner(owner string) kind {
	s := spelled(owner)
	for word := range strings.SplitSeq(s, "_") {
		switch strings.TrimSuffix(word, "s") {
		case "user", "customer", "person", "people", "owner", "author", "contact", "member", "employee", "creator", "recipient",
			"sender", "assignee", "patient", "student", "driver", "guest", "actor", "character", "profile", "applicant", "cardholder",
			"holder", "billing", "shipping", "subscriber", "attendee", "reviewer", "committer", "full", "display":
			return kindPersonName
		case "company", "companie", "organization", "organisation", "vendor", "supplier", "merchant", "business", "busines", "employer", "tenant",
			"account", "org", "carrier", "manufacturer", "bank", "agency":
			return kindCompany
		case "pet", "animal", "dog", "cat", "bird":
			return kindPetName
		case "city", "town":
			return kindCity
		case "country":
			return kindCountry
		case "state", "province", "region":
			return kindState
		case "category", "categorie", "genre", "department", "group":
			return kindCategory
		case "tag", "label", "keyword", "topic", "role", "scope", "permission":
			return kindTag
		case "file", "attachment", "document", "upload", "blob":
			return kindFileName
		case "repository", "repo", "project", "branch", "package", "image", "bucket", "container", "queue", "cluster", "namespace", "app",
			"application", "service", "server", "droplet", "volume", "network", "firewall", "database", "job", "pipeline",
			"workflow", "plugin", "module", "resource", "node", "host", "machine", "index", "table", "secret", "key", "env", "environment":
			return kindSlug
		case "domain", "zone":
			return kindDomain
		case "currency":
			return kindCurrency
		case "language":
			return kindLanguage
		case "event", "task", "issue", "campaign", "course", "meeting", "playlist", "album", "track", "list", "report", "show", "episode",
			"book", "movie", "template", "form", "survey", "team", "channel":
			return kindTitle
		}
	}
	return kindProduct
}

// kindOfSuffix knows names written without a border between their words: "username", "createdat".
func kindOfSuffix(s string) kind {
	for _, e := range [...]struct {
		end  string
		kind kind
	}{
		{"email", kindEmail}, {"url", kindURL}, {"uri", kindURL}, {"phone", kindPhone}, {"count", kindCount}, {"uuid", kindUUID},
		{"guid", kindUUID}, {"address", kindStreet}, {"token", kindToken},
	} {
		if strings.HasSuffix(s, e.end) && len(s) > len(e.end) {
			return e.kind
		}
	}
	return noKind
}
