// Command corpus proves the stand-in, and the judge, on documents that others wrote. It loads every document of a folder, calls
// every operation with a generated valid request, and has each answer judged by libopenapi-validator, which shares no code with the
// stand-in. Then our own judge checks our own stand-in for the document: whatever it tells of is a fault of one of the two, unless
// the document contradicts itself. The figures are written as a Markdown table.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sort"
	"strings"
)

func main() {
	specs := flag.String("specs", "", "folder with documents: index.tsv names them, or every .json and .yaml file is taken")
	out := flag.String("out", "", "Markdown file to write; empty: standard output")
	explained := flag.String("explained", "", "Markdown file with a table of explained findings: document, check, operations, why")
	flag.Uint64Var(&seed, "seed", seed, "of the stand-in and of the judge; another one finds other things")
	only := flag.String("only", "", "only documents whose name contains one of these texts, separated by commas")
	one := flag.String("one", "", "internal: judge this document and print the result as JSON")
	verbose := flag.Bool("v", false, "print each miss and each finding")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *one != "" {
		if err := json.NewEncoder(os.Stdout).Encode(judgeDocument(ctx, *one)); err != nil {
			fail(err)
		}
		return
	}
	if *specs == "" {
		fail(fmt.Errorf("--specs: name the folder with the documents"))
	}
	files, err := documents(*specs)
	if err != nil {
		fail(err)
	}
	var reasons []*explanation
	if *explained != "" {
		if reasons, err = explanations(*explained); err != nil {
			fail(err)
		}
	}
	var results []result
	unexplained := 0
	for _, f := range files {
		if !wantedFile(f, *only) {
			continue
		}
		r := inOwnProcess(ctx, *specs, f)
		r.File = f
		open := r.Checks.explain(f, reasons)
		if r.Checks.Error != "" || r.Checks.Stopped != "" {
			open++
		}
		unexplained += open
		results = append(results, r)
		tell(&r, open, *verbose)
	}
	for _, text := range idle(reasons, results) {
		fmt.Fprintln(os.Stderr, "explains nothing any more:", text)
	}
	text := table(results)
	if *out == "" {
		fmt.Print(text)
	} else if err := os.WriteFile(*out, []byte(text), 0o644); err != nil {
		fail(err)
	}
	if unexplained > 0 {
		fmt.Fprintf(os.Stderr, "%d findings have no explanation: mend the stand-in or the judge, or explain them in the file of --explained\n", unexplained)
	}
	if !goodEnough(results) || unexplained > 0 {
		os.Exit(1)
	}
}

// wantedFile says whether a document was chosen.
func wantedFile(name, only string) bool {
	for part := range strings.SplitSeq(only, ",") {
		if strings.Contains(name, strings.TrimSpace(part)) {
			return true
		}
	}
	return false
}

// tell prints how a document came off.
func tell(r *result, unexplained int, verbose bool) {
	fmt.Fprintf(os.Stderr, "%-58s %5d operations, %4d missed; %6d requests, %5d tests passed, %3d findings, %3d of them unexplained  %s\n",
		r.File, r.Operations, len(r.Misses), r.Checks.Requests, r.Checks.Passed, len(r.Checks.Findings), unexplained, r.Error+r.Checks.Error+r.Checks.Stopped)
	if !verbose {
		return
	}
	for _, m := range r.Misses {
		fmt.Fprintf(os.Stderr, "    %s: %s\n", m.Operation, m.Reason)
	}
	for _, f := range r.Checks.Findings {
		fmt.Fprintf(os.Stderr, "    %s %s %s: %s\n        at %s, wanted %s, got %s\n        %s\n", f.Check, f.Level, f.Operation, f.Message, f.Where, f.Want, f.Got, f.Curl)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "corpus:", err)
	os.Exit(2)
}

// documents lists the documents of a folder: those that its index names, else all files that look like one.
func documents(folder string) ([]string, error) {
	index, err := os.Open(filepath.Join(folder, "index.tsv"))
	if err != nil {
		var files []string
		for _, pattern := range []string{"*.json", "*.yaml", "*.yml"} {
			found, err := filepath.Glob(filepath.Join(folder, pattern))
			if err != nil {
				return nil, err
			}
			for _, f := range found {
				files = append(files, filepath.Base(f))
			}
		}
		if len(files) == 0 {
			return nil, fmt.Errorf("there are no documents in %s", folder)
		}
		sort.Strings(files)
		return files, nil
	}
	defer index.Close()
	var files []string
	lines := bufio.NewScanner(index)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if len(columns) > 2 && columns[2] != "file" {
			files = append(files, columns[2])
		}
	}
	sort.Strings(files)
	return files, lines.Err()
}

// inOwnProcess judges a document in a process of its own, so that time and memory are those of one document.
func inOwnProcess(ctx context.Context, folder, name string) result {
	file := filepath.Join(folder, name)
	self, err := os.Executable()
	if err != nil {
		return result{Error: err.Error()}
	}
	command := exec.CommandContext(ctx, self, "-seed", fmt.Sprint(seed), "-one", file)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return result{Error: "the judge failed: " + err.Error()}
	}
	// The table names files as the folder does, not where the folder is on this machine.
	output = bytes.ReplaceAll(output, []byte(strings.TrimSuffix(file, name)), nil)
	var r result
	if err := json.Unmarshal(output, &r); err != nil {
		return result{Error: "the judge's result cannot be read: " + err.Error()}
	}
	return r
}
