package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// buildVersion is set by the linker for releases: -ldflags "-X main.buildVersion=v1.2.3".
var buildVersion = ""

// version is what this build calls itself: the release, else the revision it was built from.
func version() string {
	if buildVersion != "" {
		return buildVersion
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "development-" + s.Value[:12]
		}
	}
	return "development"
}

func (p *process) versionCommand() *cobra.Command {
	var bill bool
	var of, out, release string
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version, or what the binary was built from", Args: cobra.NoArgs,
		Example: "  understudy version\n  understudy version --sbom > understudy.cdx.json",
		Long: `Version prints the release or revision, the Go release and the platform. With --sbom it prints a bill of
materials in CycloneDX 1.6 instead: the modules that the binary was built from, as the binary itself tells.`,
		RunE: func(*cobra.Command, []string) error {
			if !bill {
				_, err := fmt.Fprintf(p.out, "understudy %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
				return err
			}
			if of == "" {
				release = version()
			}
			if out == "" {
				return writeBill(p.out, of, release)
			}
			file, err := os.Create(out)
			if err != nil {
				return err
			}
			return errors.Join(writeBill(file, of, release), file.Close())
		},
	}
	cmd.Flags().BoolVar(&bill, "sbom", false, "print a bill of materials in CycloneDX")
	cmd.Flags().StringVar(&of, "of", "", "another binary, which may be for another platform, whose bill is meant")
	cmd.Flags().StringVar(&release, "release", "", "what that binary's release is called")
	cmd.Flags().StringVar(&out, "out", "", "file to write the bill to instead of standard output")
	return cmd
}
