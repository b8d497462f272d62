package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

// linesMedia is the media type of snapshots and bundles.
const linesMedia = "application/x-ndjson"

func (c *controlling) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "snapshot", Short: "Save what a world holds, go back to it, keep it in a file", Args: cobra.NoArgs,
		Long: `A snapshot is what a world holds at one moment: items, credentials, logins. One is there from the start
and called so. Sandboxes are forked from snapshots. With --sandbox, save and restore mean that sandbox.`,
		Example: `  understudy control snapshot save paid
  understudy control snapshot restore paid
  understudy control snapshot export paid paid.snapshot.jsonl
  understudy control snapshot import paid.snapshot.jsonl --name paid-again`,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(c.snapshotSave(), c.snapshotList(), c.snapshotRestore(), c.snapshotDrop(), c.snapshotExport(), c.snapshotImport())
	return cmd
}

// snapshotPath is the path of one snapshot.
func snapshotPath(name string) string { return "/snapshots/" + url.PathEscape(name) }

func (c *controlling) printSnapshot(did string, n *control.Snapshot) error {
	_, err := fmt.Fprintf(c.out, "%s %s: %d records, as at %s\n", oneLine(n.Name), did, n.Records, instantText(n.TakenAt))
	return err
}

func (c *controlling) snapshotSave() *cobra.Command {
	return &cobra.Command{
		Use: "save NAME", Short: "Save what the world holds now; one of that name is replaced", Args: cobra.ExactArgs(1),
		Example: "  understudy control snapshot save paid\n  understudy control snapshot save paid --sandbox checkout",
		RunE: func(cmd *cobra.Command, args []string) error {
			var n control.Snapshot
			if printed, err := c.ask(cmd, "PUT", snapshotPath(args[0]), nil, nil, &n); printed || err != nil {
				return err
			}
			return c.printSnapshot("is saved", &n)
		},
	}
}

func (c *controlling) snapshotList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the snapshots", Args: cobra.NoArgs,
		Example: "  understudy control snapshot list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list control.Snapshots
			if printed, err := c.ask(cmd, "GET", "/snapshots", nil, nil, &list); printed || err != nil {
				return err
			}
			if len(list.Snapshots) == 0 {
				_, err := fmt.Fprintln(c.out, "no snapshots: the stand-in does not keep its state in memory")
				return err
			}
			return c.table(func(row func(...any)) {
				row("NAME", "TAKEN AT", "OF", "RECORDS")
				for _, n := range list.Snapshots {
					row(n.Name, instantText(n.TakenAt), cmp.Or(n.Of, "-"), n.Records)
				}
			})
		},
	}
}

func (c *controlling) snapshotRestore() *cobra.Command {
	var clock bool
	cmd := &cobra.Command{
		Use: "restore NAME", Short: "Take the world back to a snapshot", Args: cobra.ExactArgs(1),
		Example: "  understudy control snapshot restore start\n  understudy control snapshot restore paid --clock --sandbox checkout",
		RunE: func(cmd *cobra.Command, args []string) error {
			var state control.State
			if printed, err := c.ask(cmd, "POST", snapshotPath(args[0])+"/restore", nil, map[string]any{"clock": clock}, &state); printed || err != nil {
				return err
			}
			return (&stateView{controlling: c}).counts(state)
		},
	}
	cmd.Flags().BoolVar(&clock, "clock", false, "the clock goes back to the snapshot's instant, too")
	return cmd
}

func (c *controlling) snapshotDrop() *cobra.Command {
	return &cobra.Command{
		Use: "drop NAME", Short: "Forget a snapshot; sandboxes that came from it stay", Args: cobra.ExactArgs(1),
		Example: "  understudy control snapshot drop paid",
		RunE: func(cmd *cobra.Command, args []string) error {
			if printed, err := c.ask(cmd, "DELETE", snapshotPath(args[0]), nil, nil, nil); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "dropped: %s\n", oneLine(args[0]))
			return err
		},
	}
}

func (c *controlling) snapshotExport() *cobra.Command {
	return &cobra.Command{
		Use: "export NAME FILE", Short: "Write a snapshot to a file, - is standard output", Args: cobra.ExactArgs(2),
		Example: "  understudy control snapshot export paid paid.snapshot.jsonl",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			n, _, err := c.download(cmd.Context(), client.one(), snapshotPath(args[0])+"/export", args[1])
			if err != nil || args[1] == "-" {
				return err
			}
			_, err = fmt.Fprintf(c.out, "%s written, %d bytes\n", args[1], n)
			return err
		},
	}
}

// download writes an answer to a file, whole or not at all and for nobody else to read, or to standard output. first is the
// answer's first line.
func (c *controlling) download(ctx context.Context, client *controlClient, path, file string) (n int64, first []byte, err error) {
	response, err := client.open(ctx, "GET", path, nil, nil)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	in := bufio.NewReader(response.Body)
	copyTo := func(w io.Writer) error {
		if first, err = in.ReadBytes('\n'); err == nil {
			_, err = w.Write(first)
		}
		if err == nil {
			n, err = io.Copy(w, in)
			n += int64(len(first))
		}
		if err != nil {
			return fmt.Errorf("read the stand-in's answer: %w", err)
		}
		return nil
	}
	if file == "-" {
		err = copyTo(c.out)
		return n, first, err
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".understudy-*") // mode 0600
	if err != nil {
		return 0, nil, fmt.Errorf("write %s: %w", file, err)
	}
	defer os.Remove(temporary.Name())
	err = copyTo(temporary)
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	return n, first, err
}

func (c *controlling) snapshotImport() *cobra.Command {
	var name string
	var force bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Take the file of a snapshot, - is standard input", Args: cobra.ExactArgs(1),
		Example: "  understudy control snapshot import paid.snapshot.jsonl\n  understudy control snapshot import paid.snapshot.jsonl --name other --force",
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := c.connect()
			if err != nil {
				return err
			}
			in := cmd.InOrStdin()
			if args[0] != "-" {
				file, err := os.Open(args[0])
				if err != nil {
					return fmt.Errorf("read the snapshot: %w", err)
				}
				defer file.Close()
				in = file
			}
			params := controlParams{"name": name}
			if force {
				params["force"] = "true"
			}
			response, err := client.one().stream(cmd.Context(), "POST", "/snapshots/import", params, linesMedia, in)
			if err != nil {
				return err
			}
			defer response.Body.Close()
			data, err := io.ReadAll(response.Body)
			if err != nil {
				return fmt.Errorf("read the stand-in's answer: %w", err)
			}
			if c.json {
				_, err = c.out.Write(data)
				return err
			}
			var n control.Snapshot
			if err := json.Unmarshal(data, &n); err != nil {
				return fmt.Errorf("read the stand-in's answer: %w", err)
			}
			return c.printSnapshot("is kept", &n)
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "under which it is kept (default: its own)")
	cmd.Flags().BoolVar(&force, "force", false, "take it although it was made with another version of the contract")
	return cmd
}
