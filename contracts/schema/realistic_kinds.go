package schema

import (
	"slices"
	"strings"
)

// A kind is what a made-up value is about.
type kind uint8

const (
	noKind kind = iota
	kindAge
	kindAmount
	kindBirth
	kindBrand
	kindCategory
	kindCity
	kindCode
	kindColor
	kindCompany
	kindCount
	kindCountry
	kindCountryCode
	kindCreated
	kindCurrency
	kindDate
	kindDescription
	kindDomain
	kindDuration
	kindEmail
	kindEnd
	kindEnded
	kindFileName
	kindFirstName
	kindFuture
	kindGender
	kindHash
	kindHeight
	kindHexColor
	kindHostname
	kindID
	kindImage
	kindIndex
	kindIP
	kindIPv6
	kindJob
	kindKey
	kindLanguage
	kindLast4
	kindLastName
	kindLatitude
	kindLikely
	kindLocale
	kindLongitude
	kindMAC
	kindMediaType
	kindMonth
	kindName
	kindNumber
	kindPage
	kindPath
	kindPercent
	kindPersonName
	kindPetName
	kindPhone
	kindPort
	kindPostalCode
	kindProduct
	kindQuantity
	kindRating
	kindSecret
	kindSHA
	kindSize
	kindSlug
	kindStart
	kindState
	kindStatusCode
	kindStreet
	kindTag
	kindText
	kindTime
	kindTimezone
	kindTitle
	kindToken
	kindUnit
	kindUnlikely
	kindUpdated
	kindURL
	kindUserAgent
	kindUsername
	kindUUID
	kindVersion
	kindWord
	kindYear
	lastKind
)

// kindWords are the words of x-understudy make.
var kindWords = [lastKind]string{
	kindAge: "age", kindAmount: "price", kindBirth: "birthday", kindBrand: "brand", kindCategory: "category",
	kindCity: "city", kindCode: "code", kindColor: "color", kindCompany: "company", kindCount: "count",
	kindCountry: "country", kindCountryCode: "country-code", kindCreated: "created", kindCurrency: "currency",
	kindDate: "past", kindDescription: "description", kindDomain: "domain", kindDuration: "duration", kindEmail: "email",
	kindEnd: "end", kindEnded: "ended", kindFileName: "file-name", kindFirstName: "first-name", kindFuture: "future",
	kindGender: "gender", kindHash: "hash", kindHeight: "dimension", kindHexColor: "hex-color", kindHostname: "hostname",
	kindID: "id", kindImage: "image-url", kindIndex: "index", kindIP: "ip", kindIPv6: "ipv6", kindJob: "job-title", kindKey: "key",
	kindLanguage: "language", kindLast4: "last4", kindLastName: "last-name", kindLatitude: "latitude",
	kindLikely: "likely", kindLocale: "locale", kindLongitude: "longitude", kindMAC: "mac", kindMediaType: "media-type",
	kindMonth: "month", kindName: "name", kindNumber: "number", kindPage: "page", kindPath: "path",
	kindPercent: "percent", kindPersonName: "person", kindPetName: "pet", kindPhone: "phone", kindPort: "port",
	kindPostalCode: "postal-code", kindProduct: "product", kindQuantity: "quantity", kindRating: "rating",
	kindSecret: "secret", kindSHA: "sha", kindSize: "size", kindSlug: "slug", kindStart: "start", kindState: "state",
	kindStatusCode: "status-code", kindStreet: "street", kindTag: "tag", kindText: "text", kindTime: "time",
	kindTimezone: "timezone", kindTitle: "title", kindToken: "token", kindUnit: "unit", kindUnlikely: "unlikely",
	kindUpdated: "updated", kindURL: "url", kindUserAgent: "user-agent", kindUsername: "username", kindUUID: "uuid",
	kindVersion: "version", kindWord: "word", kindYear: "year",
}

// Kinds gives, sorted, the words that x-understudy make understands: what a made-up value is about, whatever the
// property is called. A kind never overrides the schema's own limits.
func Kinds() []string {
	list := slices.Clone(kindWords[1:])
	slices.Sort(list)
	return list
}

// declaredKind reads x-understudy make of a schema. Unknown words are refused where the extension is decoded.
func declaredKind(s *Schema) kind {
	n := follow(s.Extension)
	if n == nil {
		return noKind
	}
	word := ""
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == "make" {
			word = n.Content[i+1].Value
		}
	}
	if word == "" {
		return noKind
	}
	for k, w := range kindWords {
		if w == word {
			return kind(k)
		}
	}
	return noKind
}

// numeric says whether values of a kind are numbers where the schema leaves it open.
func (k kind) numeric() bool {
	switch k {
	case kindAge, kindAmount, kindCount, kindHeight, kindIndex, kindLatitude, kindLongitude, kindNumber, kindPage, kindPercent,
		kindPort, kindQuantity, kindRating, kindSize, kindStatusCode, kindYear, kindMonth, kindDuration:
		return true
	}
	return false
}

// dated says whether values of a kind are dates or times.
func (k kind) dated() bool {
	switch k {
	case kindCreated, kindUpdated, kindDate, kindFuture, kindEnded, kindStart, kindEnd, kindBirth, kindTime:
		return true
	}
	return false
}

// spelled writes a name in lower case with underscores between its words: "avatarURL" is avatar_url.
func spelled(name string) string {
	var b strings.Builder
	b.Grow(len(name) + 4)
	var before byte
	for i := range len(name) {
		c := name[i]
		switch {
		case c >= 'A' && c <= 'Z':
			lowerNext := i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z'
			if before != 0 && before != '_' && (before >= 'a' && before <= 'z' || before >= '0' && before <= '9' || lowerNext) {
				b.WriteByte('_')
			}
			b.WriteByte(c + 'a' - 'A')
			before = c
			continue
		case c == '-' || c == ' ' || c == '.' || c == ':' || c == '/' || c == '[' || c == '@' || c == '$':
			c = '_'
			if before == '_' || before == 0 {
				continue
			}
			fallthrough
		case c != ']':
			b.WriteByte(c)
		}
		before = c
	}
	return strings.TrimRight(b.String(), "_")
}

// singular gives the name of one item of a list.
func singular(name string) string {
	switch {
	case strings.HasSuffix(name, "ies") && len(name) > 4:
		return name[:len(name)-3] + "y"
	case strings.HasSuffix(name, "sses"), strings.HasSuffix(name, "xes"), strings.HasSuffix(name, "ches"), strings.HasSuffix(name, "shes"):
		return name[:len(name)-2]
	case strings.HasSuffix(name, "ss"), strings.HasSuffix(name, "us"), strings.HasSuffix(name, "is"):
		return name
	case strings.HasSuffix(name, "List") || strings.HasSuffix(name, "_list"):
		return strings.TrimSuffix(name[:len(name)-4], "_")
	case strings.HasSuffix(name, "s") && len(name) > 3:
		return name[:len(name)-1]
	}
	return name
}
