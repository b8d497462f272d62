package webhook

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestEncodeByHand holds what is encoded by hand against encoding/json: for values without members, with all of them, and with
// each one for itself, found by reflection, so that a member that is added later cannot be forgotten.
func TestEncodeByHand(t *testing.T) {
	check(t, func(d *delivery) ([]byte, error) { return encodeDelivery(nil, d) })
	check(t, encodeAttempt)
	check(t, func(o *event) ([]byte, error) { return encodeEvent(nil, o) })
}

func check[T any](t *testing.T, encode func(*T) ([]byte, error)) {
	t.Helper()
	var values []*T
	values = append(values, new(T))
	for _, sample := range []string{"plain", "quote \" back \\ <tag> & é \x01 \xff   \x7f"} {
		whole := new(T)
		fillValue(reflect.ValueOf(whole).Elem(), sample)
		values = append(values, whole)
		for i := range fieldsOf(reflect.ValueOf(whole).Elem()) {
			one := new(T)
			fillValue(fieldsOf(reflect.ValueOf(one).Elem())[i], sample)
			values = append(values, one)
		}
	}
	for _, v := range values {
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := encode(v)
		if err != nil || string(got) != string(want) {
			t.Errorf("%T:\n got %s %v\nwant %s", *v, got, err, want)
		}
	}
	if bad := new(T); setYear(reflect.ValueOf(bad).Elem()) {
		if data, err := encode(bad); err == nil {
			t.Errorf("%T with the year 10000 was written: %s", *bad, data)
		}
	}
}

// fieldsOf lists the exported fields, those of embedded structures too.
func fieldsOf(v reflect.Value) (list []reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Type().Field(i); {
		case f.Anonymous:
			list = append(list, fieldsOf(v.Field(i))...)
		case f.IsExported():
			list = append(list, v.Field(i))
		}
	}
	return list
}

func fillValue(v reflect.Value, sample string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 3, 1, 12, 30, 15, 120_000_000, time.FixedZone("", 3600))))
		return
	case !v.CanSet():
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(sample)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(len(sample)) * 1_000_003)
	case reflect.Uint64:
		v.SetUint(uint64(len(sample)) * 1_000_003)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(uint64(len(sample)))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fillValue(v.Index(i), strings.Repeat(sample, i+1))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, key := range []string{"B", "a", sample} {
			value := reflect.New(v.Type().Elem()).Elem()
			fillValue(value, sample)
			v.SetMapIndex(reflect.ValueOf(key), value)
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v) {
			fillValue(f, sample)
		}
	default:
		panic("fill a " + v.Type().String())
	}
}

// setYear puts a year into the first instant that cannot be written; false: there is none.
func setYear(v reflect.Value) bool {
	for _, f := range fieldsOf(v) {
		if f.Type() == reflect.TypeFor[time.Time]() {
			f.Set(reflect.ValueOf(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)))
			return true
		}
	}
	return false
}
