package check

import "slices"

// The catalogue, by what the checks look at. Ids are never reused and never renumbered.
var catalogue = slices.Concat(
	statusChecks, contentChecks, schemaChecks, headerChecks,
	positiveChecks, negativeChecks,
	methodChecks, resourceChecks,
	authenticationChecks, authorisationChecks,
	rateChecks, loadChecks, hookChecks, receiverChecks,
	errorChecks, securityChecks, inventoryChecks,
	flowChecks, differenceChecks, runChecks,
)

var byID = func() map[string]*Check {
	index := make(map[string]*Check, len(catalogue))
	for i := range catalogue {
		index[catalogue[i].ID] = &catalogue[i]
	}
	return index
}()

// Catalogue gives every check there is, those that are only planned included, family by family.
func Catalogue() []Check {
	list := slices.Clone(catalogue)
	for i := range list {
		list[i].OWASP = slices.Clone(list[i].OWASP)
	}
	return list
}

// Find gives the check of an id.
func Find(id string) (Check, bool) {
	c, ok := byID[id]
	if !ok {
		return Check{}, false
	}
	return *c, true
}
