package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"understudy/mock/control"
	"understudy/mock/resource"

	"github.com/spf13/cobra"
)

// A stateView is which items the user means.
type stateView struct {
	*controlling
	scope                []string
	account, environment string
	limit                int
}

func (c *controlling) stateCommand() *cobra.Command {
	v := &stateView{controlling: c}
	cmd := &cobra.Command{
		Use: "state", Short: "List the collections; list, read, write and delete items; reset, export and import all", Args: cobra.NoArgs,
		Example: `  understudy control state
  understudy control state list /pets
  understudy control state get /repos/{owner}/{repo}/issues 7 --scope owner=octocat --scope repo=hello
  echo '{"name":"Rex"}' | understudy control state put /pets 7 -
  understudy control state list /events --env sandbox
  understudy control state export > state.json`,
		RunE: func(cmd *cobra.Command, _ []string) error { return v.collections(cmd) },
	}
	cmd.PersistentFlags().StringArrayVar(&v.scope, "scope", nil, "NAME=VALUE of a path parameter that names a parent (repeatable)")
	list := v.verb("list COLLECTION", "List the items of a collection", 1, v.list)
	list.Flags().IntVar(&v.limit, "limit", 100, "at most so many items")
	items := []*cobra.Command{cmd, list,
		v.verb("get COLLECTION [ID]", "Print an item; a singleton has no id", 1, v.get),
		v.verb("put COLLECTION [ID] FILE", "Write an item from a JSON file, - is standard input; without ID one is chosen", 2, v.put),
		v.verb("delete COLLECTION [ID]", "Delete an item with its children", 1, v.remove),
	}
	for _, one := range items {
		one.Flags().StringVar(&v.account, "account", "", "whose items, where the contract keeps those of accounts apart (default: the first account's)")
		one.Flags().StringVar(&v.environment, "env", "", "of which environment, where the contract keeps them apart (default: the first)")
	}
	cmd.AddCommand(items[1:]...)
	cmd.AddCommand(
		v.verb("reset", "Return all items and credentials to what exists from the start", 0, v.reset),
		v.verb("export", "Print all items as JSON, to be imported again", 0, v.export),
		v.verb("import FILE", "Replace all items by those of an export, - is standard input", 1, v.load),
	)
	return cmd
}

// verb makes a subcommand. Words in brackets of its usage may be left out.
func (v *stateView) verb(use, short string, least int, run func(*cobra.Command, *controlClient, []string) error) *cobra.Command {
	words := strings.Fields(use)
	return &cobra.Command{
		Use: use, Short: short, Args: cobra.RangeArgs(least, len(words)-1),
		Example: "  understudy control state " + strings.NewReplacer("COLLECTION", "/pets", "[ID]", "7", "FILE", "item.json").Replace(use),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := v.connect()
			if err != nil {
				return err
			}
			return run(cmd, client.one(), args)
		},
	}
}

// world says whose items are meant.
func (v *stateView) world() controlParams {
	return controlParams{"account": v.account, "environment": v.environment}
}

// params names a collection's items, or one of them.
func (v *stateView) params(collection, id string) (controlParams, error) {
	params := v.world()
	params["collection"], params["id"] = collection, id
	for _, s := range v.scope {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" || value == "" {
			return nil, fmt.Errorf("--scope %s: give NAME=VALUE", s)
		}
		params["scope["+name+"]"] = value
	}
	return params, nil
}

func (v *stateView) collections(cmd *cobra.Command) error {
	client, err := v.connect()
	if err != nil {
		return err
	}
	if v.json {
		return v.pass(cmd, client.one(), "GET", "/state", v.world())
	}
	var state control.State
	if err := client.one().get(cmd.Context(), "/state", v.world(), &state); err != nil {
		return err
	}
	return v.counts(state)
}

func (v *stateView) counts(state control.State) error {
	return v.table(func(row func(...any)) {
		row("COLLECTION", "ITEMS", "")
		for _, s := range state.Collections {
			note := ""
			if s.Singleton {
				note = "one for each parent"
			}
			row(s.Path, s.Items, note)
		}
	})
}

func (v *stateView) list(cmd *cobra.Command, client *controlClient, args []string) error {
	params, err := v.params(args[0], "")
	if err != nil {
		return err
	}
	if v.limit < 1 {
		return fmt.Errorf("--limit %d: give a number above 0", v.limit)
	}
	params["limit"] = fmt.Sprint(v.limit)
	if v.json {
		return v.pass(cmd, client, "GET", "/state/items", params)
	}
	var page control.Page
	if err := client.get(cmd.Context(), "/state/items", params, &page); err != nil {
		return err
	}
	if page.Total == 0 {
		_, err := fmt.Fprintln(v.out, "no items")
		return err
	}
	err = v.table(func(row func(...any)) {
		row("ID", "SCOPE", "ITEM")
		for _, item := range page.Items {
			var scope []string
			for _, name := range sortedNames(item.Scope) {
				scope = append(scope, name+"="+item.Scope[name])
			}
			row(item.ID, strings.Join(scope, " "), shortened(string(item.Value), 120))
		}
	})
	if err == nil && page.Total > len(page.Items) {
		_, err = fmt.Fprintf(v.out, "%d of %d items; more with --limit\n", len(page.Items), page.Total)
	}
	return err
}

// print shows an item's members, which can be edited and put again.
func (v *stateView) print(item resource.Item) error {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, item.Value, "", "  "); err != nil {
		return fmt.Errorf("print the item: %w", err)
	}
	_, err := fmt.Fprintf(v.out, "%s\n", pretty.Bytes())
	return err
}

// second is the argument that may be left out.
func second(args []string) string {
	if len(args) > 1 {
		return args[1]
	}
	return ""
}

func (v *stateView) get(cmd *cobra.Command, client *controlClient, args []string) error {
	params, err := v.params(args[0], second(args))
	if err != nil {
		return err
	}
	if v.json {
		return v.pass(cmd, client, "GET", "/state/item", params)
	}
	var item resource.Item
	if err := client.get(cmd.Context(), "/state/item", params, &item); err != nil {
		return err
	}
	return v.print(item)
}

func (v *stateView) put(cmd *cobra.Command, client *controlClient, args []string) error {
	id := ""
	if len(args) == 3 {
		id = args[1]
	}
	params, err := v.params(args[0], id)
	if err != nil {
		return err
	}
	body, err := readInput(cmd, args[len(args)-1])
	if err != nil {
		return fmt.Errorf("read the item: %w", err)
	}
	data, err := client.raw(cmd.Context(), "PUT", "/state/item", params, body)
	if err != nil {
		return err
	}
	if v.json {
		_, err = v.out.Write(data)
		return err
	}
	var item resource.Item
	if err := json.Unmarshal(data, &item); err != nil {
		return fmt.Errorf("read the stand-in's answer: %w", err)
	}
	return v.print(item)
}

func (v *stateView) remove(cmd *cobra.Command, client *controlClient, args []string) error {
	params, err := v.params(args[0], second(args))
	if err != nil {
		return err
	}
	if err := client.send(cmd.Context(), "DELETE", "/state/item", params, nil, nil); err != nil {
		return err
	}
	_, err = fmt.Fprintf(v.out, "%s is deleted\n", strings.TrimSpace(args[0]+" "+second(args)))
	return err
}

func (v *stateView) reset(cmd *cobra.Command, client *controlClient, _ []string) error {
	return v.replace(cmd, client, "/state/reset", nil)
}

func (v *stateView) export(cmd *cobra.Command, client *controlClient, _ []string) error {
	return v.pass(cmd, client, "GET", "/state/export", nil)
}

func (v *stateView) load(cmd *cobra.Command, client *controlClient, args []string) error {
	body, err := readInput(cmd, args[0])
	if err != nil {
		return fmt.Errorf("read the items: %w", err)
	}
	return v.replace(cmd, client, "/state/import", body)
}

// replace changes all of the state and shows what there is then.
func (v *stateView) replace(cmd *cobra.Command, client *controlClient, path string, body []byte) error {
	data, err := client.raw(cmd.Context(), "POST", path, nil, body)
	if err != nil {
		return err
	}
	if v.json {
		_, err = v.out.Write(data)
		return err
	}
	var state control.State
	if err := json.Unmarshal(data, &state); err != nil {
		return fmt.Errorf("read the stand-in's answer: %w", err)
	}
	return v.counts(state)
}
