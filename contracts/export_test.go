package contracts

import "understudy/contracts/schema"

// KnownWords gives the values that a word of x-understudy takes, by the name of its list, for the test that writes the schema.
func KnownWords() map[string][]string {
	var faults []string
	for _, k := range FaultKinds {
		faults = append(faults, k.Name)
	}
	return map[string][]string{
		"role": roleWords, "page": pageStyles, "session": sessionWords, "keys": keyWords, "stage": movableStages, "order": orderWords,
		"credential": credentialKinds, "allow": allowWords, "csrf": csrfWords, "reuse": reuseWords, "end": endWords, "flavour": flavourWords,
		"algorithm": algorithmNames, "browser": browserWords, "limit": algorithmWords, "align": alignWords, "profile": profileWords,
		"headerRole": headerRoles, "on": onWords, "retryAfter": retryAfterForms, "signature": kindWords(), "envelope": envelopeWords,
		"make": schema.Kinds(), "fault": faults, "place": parameterPlaces, "protocol": protocolWords, "per": perWords,
		"framing": framingHeaders, "ownHeaders": ownHeaders,
		"schedule": {StandardSchedule, StripeSchedule, FixedSchedule, NoSchedule},
	}
}

// Updating says that golden files are to be written anew.
func Updating() bool { return *update }
