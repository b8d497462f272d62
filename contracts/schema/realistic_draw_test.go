package schema

import (
	"strings"
	"testing"

	"github.com/brianvoe/gofakeit/v7"
	"github.com/brianvoe/gofakeit/v7/data"
)

// TestWordsOfTheLibrary holds what is drawn against gofakeit itself, from the same seeds: both take the same numbers.
func TestWordsOfTheLibrary(t *testing.T) {
	list := func(words []string) func(*splitmix) string {
		return func(src *splitmix) string { return pick(src, words) }
	}
	for name, c := range map[string]struct {
		ours   func(*splitmix) string
		theirs func(*gofakeit.Faker) string
	}{
		"first name": {list(data.Person["first"]), (*gofakeit.Faker).FirstName},
		"last name":  {list(data.Person["last"]), (*gofakeit.Faker).LastName},
		"pet":        {list(data.Animal["petname"]), (*gofakeit.Faker).PetName},
		"category":   {list(data.Product["category"]), (*gofakeit.Faker).ProductCategory},
		"job":        {list(data.Job["title"]), (*gofakeit.Faker).JobTitle},
		"colour":     {list(data.Colors["safe"]), (*gofakeit.Faker).SafeColor},
		"city":       {list(data.Address["city"]), (*gofakeit.Faker).City},
		"state":      {list(data.Address["state"]), (*gofakeit.Faker).State},
		"state code": {list(data.Address["state_abr"]), (*gofakeit.Faker).StateAbr},
		"zip":        {func(src *splitmix) string { return digits(src, pick(src, data.Address["zip"])) }, (*gofakeit.Faker).Zip},
		"street":     {street, (*gofakeit.Faker).Street},
		"product":    {productName, (*gofakeit.Faker).ProductName},
	} {
		kinds := map[string]bool{}
		for seed := range 3000 {
			a, b := splitmix(mix(uint64(seed))), splitmix(mix(uint64(seed)))
			got, want := c.ours(&a), c.theirs(gofakeit.NewFaker(&b, false))
			if got != want || a != b {
				t.Fatalf("%s: seed %d gives %q, gofakeit %q", name, seed, got, want)
			}
			kinds[got] = true
		}
		if len(kinds) < 10 || kinds[""] || kinds[strings.ToLower(name)] {
			t.Errorf("%s: only %d different ones", name, len(kinds))
		}
	}
}
