package schema

import "strings"

// twoDigits reads two digits at i, or gives -1.
func twoDigits(s string, i int) int {
	if i+2 > len(s) || s[i] < '0' || s[i] > '9' || s[i+1] < '0' || s[i+1] > '9' {
		return -1
	}
	return int(s[i]-'0')*10 + int(s[i+1]-'0')
}

// isDate is full-date of RFC 3339.
func isDate(s string) bool {
	if len(s) != 10 || s[4] != '-' || s[7] != '-' {
		return false
	}
	century, year, month, day := twoDigits(s, 0), twoDigits(s, 2), twoDigits(s, 5), twoDigits(s, 8)
	if century < 0 || year < 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	year += century * 100
	days := 31
	switch month {
	case 4, 6, 9, 11:
		days = 30
	case 2:
		days = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			days = 29
		}
	}
	return day <= days
}

// isTime is full-time of RFC 3339. A leap second is at 23:59:60 in UTC.
func isTime(s string) bool {
	if len(s) < 9 || s[2] != ':' || s[5] != ':' {
		return false
	}
	hour, minute, second := twoDigits(s, 0), twoDigits(s, 3), twoDigits(s, 6)
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return false
	}
	s = s[8:]
	if s[0] == '.' {
		end := skipDigits(s, 1)
		if end == 1 {
			return false
		}
		s = s[end:]
	}
	at := hour*60 + minute
	if s != "Z" && s != "z" {
		if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
			return false
		}
		h, m := twoDigits(s, 1), twoDigits(s, 4)
		if h < 0 || h > 23 || m < 0 || m > 59 {
			return false
		}
		if s[0] == '+' {
			at -= h*60 + m
		} else {
			at += h*60 + m
		}
	}
	const day = 24 * 60
	return second < 60 || (at+day)%day == day-1
}

// isDuration is duration of RFC 3339, appendix A.
func isDuration(s string) bool {
	s, ok := strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return false
	}
	if weeks, ok := strings.CutSuffix(s, "W"); ok {
		return weeks != "" && skipDigits(weeks, 0) == len(weeks)
	}
	date, clock, hasClock := strings.Cut(s, "T")
	return areUnits(date, "YMD") && (!hasClock || clock != "" && areUnits(clock, "HMS"))
}

// areUnits wants numbers with units, each at most once and in order.
func areUnits(s, units string) bool {
	for s != "" {
		end := skipDigits(s, 0)
		if end == 0 || end == len(s) {
			return false
		}
		unit := strings.IndexByte(units, s[end])
		if unit < 0 {
			return false
		}
		units = units[unit+1:]
		s = s[end+1:]
	}
	return true
}
