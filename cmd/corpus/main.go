// Command corpus proves the stand-in on documents that others wrote: it loads every document of a folder, calls
// every operation with a generated valid request, has each answer judged by libopenapi-validator, which shares no
// code with the stand-in, and writes the figures as a Markdown table.
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
	only := flag.String("only", "", "only documents whose name contains this")
	one := flag.String("one", "", "internal: judge this document and print the result as JSON")
	verbose := flag.Bool("v", false, "print each miss")
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
	var results []result
	for _, f := range files {
		if !strings.Contains(f, *only) {
			continue
		}
		r := inOwnProcess(ctx, *specs, f)
		r.File = f
		results = append(results, r)
		fmt.Fprintf(os.Stderr, "%-58s %5d operations, %5d judged, %4d missed  %s\n", f, r.Operations, r.Valid+len(r.Misses), len(r.Misses), r.Error)
		if *verbose {
			for _, m := range r.Misses {
				fmt.Fprintf(os.Stderr, "    %s: %s\n", m.Operation, m.Reason)
			}
		}
	}
	text := table(results)
	if *out == "" {
		fmt.Print(text)
	} else if err := os.WriteFile(*out, []byte(text), 0o644); err != nil {
		fail(err)
	}
	if !goodEnough(results) {
		os.Exit(1)
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
	command := exec.CommandContext(ctx, self, "-one", file)
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
