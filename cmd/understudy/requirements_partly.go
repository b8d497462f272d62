package main

// onlyPartly are rows of which exchanges show something and not all, with what is missing. They do not count as proven.
var onlyPartly = map[string]string{
	"ECHOWIN-G01":   "429, for requests are not limited yet",
	"ECHOWIN-G08":   "that there are no environments",
	"ECKOSPACE-G09": "the 10 MB",
	"ECOEVENTS-38":  "that the credential counts as exposed; and serve refuses plain HTTP with --https-only alone",
	"COMMON-04":     "429, for requests are not limited yet",
	"COMMON-06":     "the program's log",
	"COMMON-07":     "that keys are random without a seed, which the script tests show, and warnings of live keys",
}
