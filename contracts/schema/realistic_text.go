package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/brianvoe/gofakeit/v7/data"
)

// realisticText makes a text by format, then by what the value is about. It may break the schema's limits: the caller
// looks, and has other ways.
func (k *making) realisticText(p *plan, at place) string {
	if p.format != "" {
		if text, ok := k.formatText(p, at); ok {
			return text
		}
	}
	about := at.kind
	if shown := kindOfExample(exampleText(p)); shown != noKind && p.format == "" && (shown != kindDate || !about.dated()) {
		about = shown
	}
	if text := k.kindText(about, p, at); text != "" {
		return text
	}
	src := k.seed(at.hash)
	if p.text.max >= 0 && p.text.max < 12 {
		return words[src.below(len(words))]
	}
	return words[src.below(len(words))] + " " + words[src.below(len(words))]
}

// kindText makes a text of a kind, or nothing.
func (k *making) kindText(about kind, p *plan, at place) string {
	src := k.seed(at.hash)
	switch about {
	case kindFirstName:
		return k.person(at).first
	case kindLastName:
		return k.person(at).last
	case kindName, kindPersonName:
		who := k.person(at)
		return who.first + " " + who.last
	case kindUsername:
		who := k.person(at)
		return plainName(who.first) + plainName(who.last)[:1] + strconv.Itoa(10+int(at.parent%90))
	case kindEmail:
		who := k.person(at)
		return plainName(who.first) + "." + plainName(who.last) + "@example." + [...]string{"com", "org", "net"}[src.below(3)]
	case kindPetName:
		return pick(src, data.Animal["petname"])
	case kindProduct:
		return productName(src)
	case kindCompany:
		return pick(src, data.Person["last"]) + " " + pick(src, companySuffixes)
	case kindBrand:
		return pick(src, brands)
	case kindCategory:
		return pick(src, data.Product["category"])
	case kindJob:
		return pick(src, data.Job["title"])
	case kindTitle:
		return pick(src, titleAdjectives) + " " + pick(src, titleNouns)
	case kindDescription:
		return k.sentence(src)
	case kindText:
		return k.sentence(src) + " " + k.sentence(src)
	case kindTag, kindWord, kindKey:
		return pick(src, words)
	case kindSlug:
		return pick(src, words) + "-" + pick(src, words)
	case kindColor:
		return strings.ToLower(pick(src, data.Colors["safe"]))
	case kindHexColor:
		return fmt.Sprintf("#%06x", src.below(1<<24))
	case kindGender:
		return [...]string{"female", "male"}[src.below(2)]
	case kindUserAgent:
		return "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	case kindCity:
		return pick(src, data.Address["city"])
	case kindState:
		if p.text.max == 2 {
			return pick(src, data.Address["state_abr"])
		}
		return pick(src, data.Address["state"])
	case kindStreet:
		return street(src)
	case kindUnit:
		return "Suite " + strconv.Itoa(src.between(2, 480))
	case kindPostalCode:
		return digits(src, pick(src, data.Address["zip"]))
	case kindCountry, kindCountryCode:
		return k.country(about, p, src)
	case kindPhone:
		return fmt.Sprintf("+1202555%04d", src.between(100, 199)) // numbers kept free for fiction
	case kindCurrency:
		return k.currency(p, src)
	case kindLocale, kindLanguage:
		return language(about, p, src)
	case kindTimezone:
		return pick(src, timezones)
	}
	return k.technicalText(about, p, at)
}

// technicalText makes texts for machines: addresses, hashes, versions, dates without a format.
func (k *making) technicalText(about kind, p *plan, at place) string {
	src := k.seed(at.hash)
	switch about {
	case kindURL:
		return "https://example.com/" + pick(src, words) + "/" + pick(src, words)
	case kindImage:
		return "https://example.com/images/" + pick(src, words) + "-" + strconv.Itoa(src.between(1, 99)) + ".png"
	case kindDomain:
		return pick(src, words) + ".example"
	case kindHostname:
		return pick(src, words) + "-" + strconv.Itoa(src.between(1, 9)) + ".example.com"
	case kindIP:
		return "192.0.2." + strconv.Itoa(src.between(1, 254)) // the block kept for documentation
	case kindIPv6:
		return fmt.Sprintf("2001:db8::%x:%x", src.between(1, 0xffff), src.between(1, 0xffff))
	case kindMAC:
		return fmt.Sprintf("02:00:5e:%02x:%02x:%02x", src.below(256), src.below(256), src.below(256))
	case kindPath:
		return "/" + pick(src, words) + "/" + pick(src, words)
	case kindFileName:
		return pick(src, words) + "-" + pick(src, words) + pick(src, extensions)
	case kindMediaType:
		return pick(src, mediaTypes)
	case kindVersion:
		return fmt.Sprintf("%d.%d.%d", src.between(0, 4), src.below(12), src.below(20))
	case kindSHA:
		return hexText(src, 40)
	case kindHash:
		return hexText(src, 32)
	case kindUUID:
		return uuidText(src)
	case kindToken, kindSecret:
		return letters(src, base62, 32)
	case kindID:
		return k.idText(p, src)
	case kindCode:
		return letters(src, "ABCDEFGHJKLMNPQRSTUVWXYZ", 3) + "-" + strconv.Itoa(src.between(1000, 9999))
	case kindLast4:
		return fmt.Sprintf("%04d", src.below(10000))
	case kindCreated, kindUpdated, kindDate, kindFuture, kindEnded, kindStart, kindEnd, kindBirth, kindTime:
		return k.dateText(about, p, at)
	case kindNumber:
		return strconv.Itoa(src.between(1000, 99999))
	}
	switch about {
	case kindAmount, kindAge, kindCount, kindQuantity, kindPercent, kindYear, kindMonth, kindPort, kindSize, kindLatitude, kindLongitude,
		kindStatusCode, kindRating, kindHeight, kindDuration:
		if target, digits, ok := k.realisticNumber(p, at); ok {
			return trimZeros(strconv.FormatFloat(target, 'f', digits, 64))
		}
	}
	return ""
}

// kindOfExample tells from an example what other values look like, whatever the property is called.
func kindOfExample(example string) kind {
	switch {
	case len(example) < 6 || len(example) > 200:
		return noKind
	case layoutOf(example) != "":
		return kindDate
	case strings.HasPrefix(example, "https://"), strings.HasPrefix(example, "http://"):
		return kindURL
	case ValidFormat("uuid", example):
		return kindUUID
	case ValidFormat("email", example):
		return kindEmail
	case ValidFormat("ipv4", example):
		return kindIP
	}
	return noKind
}

// identity is the person that an object is about: its names, its address for mail and its login go together.
type identity struct{ first, last string }

func (k *making) person(at place) identity {
	k.seed(hashToken(at.parent, "person"))
	if at.walk > 0 {
		k.seed(at.hash)
	}
	who := identity{first: pick(&k.src, data.Person["first"])}
	who.last = pick(&k.src, data.Person["last"])
	k.seed(at.hash)
	return who
}

// plainName keeps the letters of a name, in lower case.
func plainName(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' {
			b.WriteRune(r)
		}
	}
	if b.Len() == 0 {
		return "x"
	}
	return b.String()
}

func (k *making) sentence(src *splitmix) string {
	subject, verb, object := pick(src, titleNouns), pick(src, sentenceVerbs), pick(src, words)
	switch src.below(3) {
	case 0:
		return "The " + strings.ToLower(subject) + " " + verb + " the " + object + "."
	case 1:
		return pick(src, titleAdjectives) + " " + strings.ToLower(subject) + " for the " + object + " team."
	}
	return "A " + strings.ToLower(subject) + " that " + verb + " every " + object + "."
}

// country gives a name, or an ISO 3166 code where there is only room for one.
func (k *making) country(about kind, p *plan, src *splitmix) string {
	c := countries[src.below(len(countries))]
	style := exampleText(p)
	switch {
	case p.text.max == 3 || len(style) == 3 && style == strings.ToUpper(style):
		return c[1]
	case about == kindCountryCode, p.text.max == 2, len(style) == 2, len(p.text.patterns) > 0:
		if style != "" && style == strings.ToLower(style) {
			return strings.ToLower(c[0])
		}
		return c[0]
	}
	return c[2]
}

// currency gives an ISO 4217 code in the case of the example, or as the pattern wants it.
func (k *making) currency(p *plan, src *splitmix) string {
	code := pick(src, currencies)
	style := exampleText(p)
	if style != "" && style == strings.ToLower(style) || len(p.text.patterns) > 0 && strings.Contains(p.text.patterns[0].Pattern, "a-z") &&
		!strings.Contains(p.text.patterns[0].Pattern, "A-Z") {
		return strings.ToLower(code)
	}
	return code
}

func language(about kind, p *plan, src *splitmix) string {
	tag := pick(src, locales)
	if style := exampleText(p); strings.Contains(style, "_") {
		return strings.ReplaceAll(tag, "-", "_")
	} else if len(style) == 2 || about == kindLanguage || p.text.max == 2 {
		return tag[:2]
	}
	return tag
}

// idText makes an id in the style of the schema's example ("cus_9s6XKzkNRiz8i3"), else of sixteen letters and digits.
func (k *making) idText(p *plan, src *splitmix) string {
	style := exampleText(p)
	if style == "" || len(style) > 128 {
		return letters(src, "abcdefghijkmnpqrstuvwxyz23456789", 16)
	}
	from := strings.LastIndexAny(style, "_:/")
	hex := strings.Trim(strings.ToLower(style[from+1:]), "0123456789abcdef-") == ""
	out := []byte(style)
	for i := from + 1; i < len(out); i++ {
		switch c := out[i]; {
		case c >= '0' && c <= '9':
			out[i] = "123456789"[src.below(9)]
		case c >= 'a' && c <= 'z' && hex:
			out[i] = "abcdef"[src.below(6)]
		case c >= 'a' && c <= 'z':
			out[i] = byte('a' + src.below(26))
		case c >= 'A' && c <= 'Z':
			out[i] = byte('A' + src.below(26))
		}
	}
	return string(out)
}

// exampleText is the first example that is a text: it shows the style of others.
func exampleText(p *plan) string {
	for i := range p.examples {
		if text, ok := p.examples[i].value.(string); ok {
			return text
		}
	}
	return ""
}

// entryName makes the name of an entry of a map.
func (k *making) entryName(at place, i int) string {
	src := k.seed(hashToken(at.hash, "entry"))
	list := words
	switch spelled(at.name) {
	case "translations", "locales", "languages":
		list = locales
	case "metadata", "labels", "tags", "annotations", "attributes", "properties", "custom_fields":
		list = labelNames
	case "headers":
		list = headerNames
	case "env", "environment", "variables", "environment_variables":
		list = variableNames
	}
	return list[(src.below(len(list))+i)%len(list)]
}

func pick(src *splitmix, list []string) string { return list[src.below(len(list))] }

const (
	base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func letters(src *splitmix, from string, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = from[src.below(len(from))]
	}
	return string(out)
}

func hexText(src *splitmix, n int) string { return letters(src, hexDigits, n) }

// uuidText makes a random UUID, version 4 of RFC 9562.
func uuidText(src *splitmix) string {
	out := []byte(hexText(src, 36))
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	out[14] = '4'
	out[19] = "89ab"[src.below(4)]
	return string(out)
}
