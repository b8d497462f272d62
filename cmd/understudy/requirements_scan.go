package main

import "understudy/scenarios/scan"

// knownScan says whether there is a scan rule of an id.
func knownScan(id string) bool {
	_, known := scan.FindRule(id)
	return known
}
