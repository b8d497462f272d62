package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"understudy/contracts"
	"understudy/scenarios"
	"understudy/scenarios/arazzo"
)

// managementName is the built-in contract of a stand-in's own management API.
const managementName = "control"

// A binder finds for each source of the documents what serves it.
type binder struct {
	*court
	shelf   *shelf
	running *running

	main   map[*scenarios.Script]*bound // the first OpenAPI source of a document
	loaded map[string]*bound            // by what was loaded and from where
	refuse map[*arazzo.Source]error     // why one is served nowhere
}

// bound is a contract with the deployment that serves it.
type bound struct {
	contract   *contracts.Contract
	deployment *scenarios.Deployment
	address    string
}

// bindAll loads the contracts of all documents and deploys them, so that what cannot be found is told before the first test. The
// management API without --control is none of it: its steps are skipped.
func (b *binder) bindAll(ctx context.Context) error {
	b.refuse = map[*arazzo.Source]error{}
	if err := b.startStandIns(ctx); err != nil {
		return err
	}
	var problems []error
	for _, script := range b.shelf.scripts {
		for _, source := range script.Document.Sources {
			if source.Type == "arazzo" {
				continue
			}
			err := b.deploySource(ctx, script, source)
			switch {
			case errors.Is(err, scenarios.ErrNeedsControl):
				b.refuse[source] = err
			case !errors.Is(err, errToldBefore):
				problems = append(problems, err)
			}
		}
	}
	b.warnOfActors()
	return errors.Join(problems...)
}

// warnOfActors tells of actors for contracts that nobody judges.
func (b *binder) warnOfActors() {
	if b.roster == nil {
		return
	}
	for _, name := range b.roster.Contracts() {
		if !slices.ContainsFunc(b.deployed, func(d *scenarios.Deployment) bool { return d.Contract.Name == name }) {
			fmt.Fprintf(b.err, "warning: %s: there are actors for the contract %q, which is not judged\n", b.flags.credentials, name)
		}
	}
}

// bind implements scenarios.Binder.
func (b *binder) bind(script *scenarios.Script, source *arazzo.Source) (*scenarios.Deployment, error) {
	if err := b.refuse[source]; err != nil {
		return nil, err
	}
	if one := b.loaded[b.key(script, source)]; one != nil {
		return one.deployment, nil
	}
	return nil, fmt.Errorf("%s: the source %s is served nowhere", source.At, source.Name)
}

// startStandIns starts our own stand-ins for the built-in contracts of suites and files for which nobody named a target.
func (b *binder) startStandIns(ctx context.Context) error {
	var names []string
	for _, script := range b.shelf.scripts {
		for name, source := range b.builtins(script) {
			if slices.Contains(names, name) {
				continue
			}
			_, known, err := b.places.of(ctx, name, source)
			if err != nil {
				return err
			}
			if !known {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return nil
	}
	if b.places.control != "" {
		return fmt.Errorf("the stand-in at %s does not serve %s; name a target for it, or leave --control out", b.places.control, strings.Join(names, ", "))
	}
	house, err := b.standIns(ctx, names)
	if err != nil {
		return err
	}
	inputs := b.shelf.inputs()
	return b.receive(ctx, house, func(name string) bool { return slices.Contains(inputs, name) })
}

// builtins are the built-in contracts that a document is about, with the names of their sources: the one of its suite, or those that
// a file of the user's names and --source gives no other document for.
func (b *binder) builtins(script *scenarios.Script) iter.Seq2[string, string] {
	return func(yield func(name, source string) bool) {
		from := b.shelf.from[script]
		if from.suite != "" {
			yield(from.suite, "")
			return
		}
		for _, source := range script.Document.Sources {
			if source.Type == "arazzo" || b.given(source.Name) != "" {
				continue
			}
			if name := builtinOf(source.URL, from); name != "" && name != managementName && !yield(name, source.Name) {
				return
			}
		}
	}
}

// key names what a source leads to: the same document at the same place is deployed once.
func (b *binder) key(script *scenarios.Script, source *arazzo.Source) string {
	from := b.shelf.from[script]
	where := path.Join(from.disk, from.suite)
	if given := b.given(source.Name); given != "" {
		return source.Name + "\x00" + given
	}
	if name := builtinOf(source.URL, from); name != "" {
		return source.Name + "\x00builtin " + name
	}
	return source.Name + "\x00" + where + "\x00" + source.URL
}

// given is what --source says of a source.
func (b *binder) given(name string) string {
	for _, text := range b.running.sources {
		if source, file, ok := strings.Cut(text, "="); ok && source == name {
			return file
		}
	}
	return ""
}

// builtinOf gives the built-in contract that a source names: by its bare name, or by the folder of its document, where that is no
// file of the user's own.
func builtinOf(address string, from origin) string {
	folder := path.Base(path.Dir(address))
	for _, name := range append(contracts.Builtins(), managementName) {
		if address == name {
			return name
		}
		if folder != name || path.Base(address) != "openapi.yaml" {
			continue
		}
		if from.disk != "" && name != managementName && !sameDocument(filepath.Join(from.disk, filepath.FromSlash(address)), name) {
			return ""
		}
		return name
	}
	return ""
}

// sameDocument says whether a file is the built-in document, or is not there at all: a suite in a checkout means the built-in
// contract, with its overlay, and a user's own file of that name does not.
func sameDocument(file, name string) bool {
	own, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return true
	}
	builtin, failed := contracts.Builtin(name, "openapi.yaml")
	return err == nil && failed == nil && bytes.Equal(own, builtin)
}

func (b *binder) deploySource(ctx context.Context, script *scenarios.Script, source *arazzo.Source) error {
	key := b.key(script, source)
	if one := b.loaded[key]; one != nil {
		if b.main[script] == nil && !one.deployment.Management {
			b.main[script] = one
		}
		return nil
	}
	contract, err := b.loadSource(ctx, script, source)
	if err != nil {
		return fmt.Errorf("%s: the source %s: %w", source.At, source.Name, err)
	}
	if contract.Name == managementName {
		return b.deployManagement(key, contract, source)
	}
	at, err := b.addressOf(ctx, script, source, contract)
	if err != nil {
		return err
	}
	for _, other := range b.loaded { // under another name in another document
		if other.contract.Hash == contract.Hash && other.address == at.url {
			b.loaded[key] = other
			if b.main[script] == nil {
				b.main[script] = other
			}
			return nil
		}
	}
	var d *scenarios.Deployment
	if b.main[script] != nil && builtinOf(source.URL, b.shelf.from[script]) == "" && (b.shelf.from[script].suite != "" || at.beside) {
		d, err = b.deployBeside(contract, at, b.main[script].deployment)
	} else {
		d, err = b.deploy(ctx, contract, at)
	}
	if err != nil {
		return fmt.Errorf("%s: the source %s: %w", source.At, source.Name, err)
	}
	b.loaded[key] = &bound{contract, d, at.url}
	if b.main[script] == nil {
		b.main[script] = b.loaded[key]
	}
	return nil
}

// deployBeside adds a document of a suite that only says further requests to the deployment that is judged: who calls and what is
// managed is the same.
func (b *binder) deployBeside(contract *contracts.Contract, at place, main *scenarios.Deployment) (*scenarios.Deployment, error) {
	checks, err := b.examination(contract, at.url)
	if err != nil {
		return nil, err
	}
	d, err := b.run.Deploy(contract, at.url, checks, main.Control, main.Roster)
	if err == nil {
		d.Sandbox, d.Beside = main.Sandbox, true
	}
	return d, err
}

// loadSource reads the OpenAPI document of a source.
func (b *binder) loadSource(ctx context.Context, script *scenarios.Script, source *arazzo.Source) (*contracts.Contract, error) {
	from := b.shelf.from[script]
	options := contracts.Options{AllowRefs: b.flags.allowRefs}
	for _, o := range b.flags.overlays {
		if name, file, ok := strings.Cut(o, "="); !ok {
			options.Overlays = append(options.Overlays, o)
		} else if name == source.Name {
			options.Overlays = append(options.Overlays, file)
		}
	}
	if given := b.given(source.Name); given != "" {
		return contracts.Load(ctx, given, options)
	}
	if name := builtinOf(source.URL, from); name != "" {
		return contracts.Load(ctx, name, options)
	}
	if strings.Contains(source.URL, "://") {
		return nil, fmt.Errorf("its document is on the network, at %s; --source %s=%s fetches it, --source %s=FILE takes a copy", source.URL, source.Name, source.URL, source.Name)
	}
	if from.suite != "" {
		if _, err := fs.Stat(from.folder, path.Clean(source.URL)); err != nil {
			return nil, fmt.Errorf("the suite %s has no file %s", from.suite, source.URL)
		}
		options.Files, options.Name = from.folder, from.suite+"-"+strings.TrimSuffix(path.Base(source.URL), ".openapi.yaml")
		return contracts.Load(ctx, path.Clean(source.URL), options)
	}
	return contracts.Load(ctx, filepath.Join(from.disk, filepath.FromSlash(source.URL)), options)
}

// addressOf finds where a source is served: at the target of its name, else at the one for everybody. Where a document has several
// sources and one target, those whose servers are on the first one's host are served at the target's, below their own paths.
func (b *binder) addressOf(ctx context.Context, script *scenarios.Script, source *arazzo.Source, contract *contracts.Contract) (place, error) {
	at, known, err := b.places.of(ctx, contract.Name, source.Name)
	if err != nil {
		return at, err
	}
	first := b.main[script]
	plain := known && at.url == b.places.plain && b.places.named[source.Name]+b.places.named[contract.Name] == ""
	switch {
	case first == nil && plain && b.anotherMain(contract):
		return at, fmt.Errorf("%s: the source %s: the run judges several contracts, and --target does not say of which; write --target %s=URL", source.At, source.Name, contract.Name)
	case first == nil && known:
		return at, nil
	case first == nil:
		return at, fmt.Errorf("%s: the source %s: %w", source.At, source.Name, noTarget(contract))
	case known && !plain:
		return at, nil
	}
	beside, ok := besideTarget(first, contract)
	if !ok {
		return at, fmt.Errorf("%s: the source %s is served elsewhere than the first one; name its target: --target %s=URL", source.At, source.Name, source.Name)
	}
	at.url, at.beside = beside, true
	return at, nil
}

// anotherMain says that some document's first source is another contract.
func (b *binder) anotherMain(contract *contracts.Contract) bool {
	for _, one := range b.main {
		if one.contract.Hash != contract.Hash {
			return true
		}
	}
	return false
}

// besideTarget puts another document's own base path in the place of the first one's in the target, where both are on one host.
func besideTarget(first *bound, other *contracts.Contract) (string, bool) {
	if len(first.contract.Servers) == 0 || len(other.Servers) == 0 {
		return first.address, len(other.Servers) == 0
	}
	here, err1 := url.Parse(first.contract.Servers[0].URL)
	there, err2 := url.Parse(other.Servers[0].URL)
	if err1 != nil || err2 != nil || there.Host != "" && here.Host != there.Host {
		return "", false
	}
	base := strings.TrimSuffix(first.contract.Servers[0].Base, "/")
	prefix, ok := strings.CutSuffix(strings.TrimSuffix(first.address, "/"), base)
	return prefix + strings.TrimSuffix(other.Servers[0].Base, "/"), ok
}

// deployManagement lets workflows call the stand-in's management API. It is not judged and shows the token, if there is one.
func (b *binder) deployManagement(key string, contract *contracts.Contract, source *arazzo.Source) error {
	if b.places.control == "" {
		return scenarios.ErrNeedsControl
	}
	roster := &scenarios.Roster{}
	if b.places.token != "" {
		roster.Actors = []*scenarios.Actor{{Name: "default", Credentials: map[string]string{"*": b.places.token}}}
		b.run.Hide(b.places.token)
	}
	d, err := b.run.Deploy(contract, b.places.control, nil, nil, roster)
	if err != nil {
		return fmt.Errorf("%s: the source %s: %w", source.At, source.Name, err)
	}
	d.Sandbox, d.Management = b.flags.sandbox, true
	b.loaded[key] = &bound{contract, d, b.places.control}
	return nil
}
