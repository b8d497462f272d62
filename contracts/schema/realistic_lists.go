package schema

// words are the building blocks of texts about which nothing is known: short, lower case, harmless.
var words = []string{
	"amber", "anchor", "apple", "arrow", "atlas", "aurora", "autumn", "badge", "bamboo", "basin", "beacon", "birch", "blossom",
	"breeze", "bridge", "bronze", "brook", "canyon", "cedar", "cherry", "cinder", "clover", "cobalt", "comet", "copper", "coral",
	"cotton", "crane", "crystal", "dawn", "delta", "dune", "ember", "falcon", "feather", "fern", "field", "flint", "forest", "garden",
	"ginger", "glacier", "granite", "harbor", "harvest", "hazel", "heron", "horizon", "indigo", "island", "ivory", "jasper", "juniper",
	"lagoon", "lantern", "laurel", "lemon", "linen", "lotus", "lunar", "maple", "marble", "meadow", "mint", "mosaic", "nectar", "nickel",
	"north", "oasis", "ocean", "olive", "onyx", "opal", "orchid", "otter", "pebble", "pepper", "pine", "planet", "plum", "prairie",
	"quartz", "quill", "raven", "ridge", "river", "robin", "saffron", "sage", "sierra", "silver", "sparrow", "spruce", "summit",
	"sunset", "thistle", "timber", "topaz", "tulip", "valley", "velvet", "violet", "walnut", "willow", "winter", "zephyr",
}

var (
	companySuffixes = []string{"Group", "Labs", "Partners", "Systems", "Logistics", "Studio", "Works", "and Sons", "Industries", "Trading"}
	brands          = []string{"visa", "mastercard", "amex", "discover"}
	titleAdjectives = []string{"Quarterly", "Annual", "Weekly", "Internal", "Shared", "Updated", "Regional", "Seasonal", "Public",
		"Simple", "Complete", "Early", "Joint", "Final", "Open", "Revised"}
	titleNouns = []string{"Review", "Report", "Plan", "Workshop", "Guide", "Summary", "Release", "Meeting", "Overview", "Survey",
		"Launch", "Checklist", "Roadmap", "Study", "Collection", "Session"}
	sentenceVerbs = []string{"covers", "explains", "replaces", "supports", "improves", "follows", "describes", "prepares"}
	currencies    = []string{"USD", "EUR", "GBP", "CHF", "SEK", "CAD", "AUD", "JPY", "NOK", "DKK"}
	locales       = []string{"en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "pt-BR", "sv-SE", "ja-JP"}
	timezones     = []string{"Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Los_Angeles", "Asia/Tokyo",
		"Asia/Singapore", "Australia/Sydney"}
	mediaTypes    = []string{"application/json", "application/pdf", "image/png", "image/jpeg", "text/plain", "text/csv"}
	extensions    = []string{".pdf", ".png", ".csv", ".txt", ".json"}
	labelNames    = []string{"environment", "team", "region", "stage", "source", "priority", "department", "project"}
	headerNames   = []string{"X-Request-Id", "Accept", "Content-Type", "X-Trace"}
	variableNames = []string{"LOG_LEVEL", "REGION", "PORT", "STAGE", "CACHE_SIZE", "FEATURE_SET"}
)

// countries: ISO 3166 alpha-2, alpha-3, name.
var countries = [...][3]string{
	{"US", "USA", "United States"}, {"DE", "DEU", "Germany"}, {"FR", "FRA", "France"}, {"GB", "GBR", "United Kingdom"},
	{"CA", "CAN", "Canada"}, {"NL", "NLD", "Netherlands"}, {"SE", "SWE", "Sweden"}, {"ES", "ESP", "Spain"}, {"IT", "ITA", "Italy"},
	{"CH", "CHE", "Switzerland"}, {"JP", "JPN", "Japan"}, {"AU", "AUS", "Australia"}, {"BR", "BRA", "Brazil"}, {"PL", "POL", "Poland"},
}
