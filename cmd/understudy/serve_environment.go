package main

import "github.com/spf13/pflag"

// serveVariables are the variables that serve takes in place of flags that were not given. An image sets the addresses, which in
// a container are others than on a machine that people share; a token belongs into no command line that others can list.
var serveVariables = map[string]string{
	"listen":        "UNDERSTUDY_LISTEN",
	"control":       "UNDERSTUDY_CONTROL",
	"control-token": "UNDERSTUDY_CONTROL_TOKEN",
	"store":         "UNDERSTUDY_STORE",
}

// fromEnvironment sets the flags that the user did not give by the variables that are set.
func (p *process) fromEnvironment(f *pflag.FlagSet, variables map[string]string) error {
	for name, variable := range variables {
		if value := p.getenv(variable); value != "" && !f.Changed(name) {
			if err := f.Lookup(name).Value.Set(value); err != nil { // it counts as a default: Changed stays false
				return err
			}
		}
	}
	return nil
}
