package inference_test

import (
	"slices"
	"testing"

	"understudy/contracts/inference"
)

// TestModelFinds looks collections up: by path, and by name where one collection has it.
func TestModelFinds(t *testing.T) {
	boxed := object("id: {type: string}, box: {type: integer}, shelf: {type: string}, left: {type: string}")
	m, c := infer(t, "GET /pets 200 [@Pet]", "GET /pets/{id} 200 @Pet", "GET /owners 200 [@Owner]", "GET /owners/{id} 200 @Owner",
		"GET /archive/pets 200 {type: array, items: "+boxed+"}", "POST /archive/pets 201 "+boxed, "GET /archive/pets/{id} 200 "+boxed,
		"POST /pets/{id}/price 200 @Pet <- {type: object, properties: {price: {type: number}, name: {type: string}}}")
	if got, want := m.Paths(), []string{"/pets", "/owners", "/archive/pets"}; !slices.Equal(got, want) {
		t.Errorf("the paths are %q, want %q", got, want)
	}
	for name, want := range map[string]string{"/pets": "/pets", "owners": "/owners", "/archive/pets": "/archive/pets", "pets": "", "/nothing": ""} {
		got := m.Collection(name)
		if (got == nil) != (want == "") || got != nil && got.Path != want {
			t.Errorf("Collection(%q) is %v, want %q", name, got, want)
		}
	}
	if got := m.Collection("owners").ItemName(); got != "Owner" {
		t.Errorf("the items of /owners are called %q, want Owner", got)
	}
	action, read := m.Binding(find(t, c, "POST /pets/{id}/price")), m.Binding(find(t, c, "GET /pets/{id}"))
	if action.Role != inference.Action || !action.Takes("price") || !action.Takes("name") || action.Takes("status") || read.Takes("price") {
		t.Errorf("the %s takes price %v, name %v, status %v; the %s price %v", action.Role,
			action.Takes("price"), action.Takes("name"), action.Takes("status"), read.Role, read.Takes("price"))
	}
}

func TestParsePartition(t *testing.T) {
	for _, tt := range []struct {
		word, unknown string
		want          inference.Partition
	}{
		{"", "", inference.Partition{}},
		{"account", "", inference.Partition{Account: true}},
		{" environment ,\taccount\n", "", inference.Partition{Account: true, Environment: true}},
		{"account,region,zone", "region", inference.Partition{Account: true}},
		{"Environment", "Environment", inference.Partition{}},
	} {
		got, unknown := inference.ParsePartition(tt.word)
		if got != tt.want || unknown != tt.unknown || got.Separates() != (tt.want.Account || tt.want.Environment) {
			t.Errorf("ParsePartition(%q) = %+v, %q, want %+v, %q", tt.word, got, unknown, tt.want, tt.unknown)
		}
	}
}
