package grade

import "slices"

// The catalogue, family by family. Ids are never reused and never renumbered.
var catalogue = slices.Concat(
	retryRules, limitRules, endingRules, transportRules, // what a client does when something is in its way
	tokenRules, secrecyRules, intentRules, contractRules, receiverRules, // what it does with what it was given
)
