package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestGradeScripts runs the scripts of grade.
func TestGradeScripts(t *testing.T) {
	exchanges, err := filepath.Abs(filepath.Join("..", "..", "fixtures", "exchanges"))
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/grade",
		Setup: func(e *testscript.Env) error {
			e.Setenv("EXCHANGES", exchanges)
			return mixed(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"http":  scriptHTTP,
			"ready": scriptReady,
		},
		RequireExplicitExec: true,
	})
}
