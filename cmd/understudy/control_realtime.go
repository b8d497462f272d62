package main

import (
	"errors"
	"fmt"
	"strings"

	"understudy/mock/control"

	"github.com/spf13/cobra"
)

func (c *controlling) realtimeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "realtime", Short: "Look at the WebSocket endpoint: who is connected; publish, cut, let nobody in", Args: cobra.NoArgs,
		Example: `  understudy control realtime
  understudy control realtime publish news post.created '{"id":7}'
  understudy control realtime cut --channel private-user.7
  understudy control realtime cut --code 4200
  understudy control realtime refuse 30s`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var r control.Realtime
			if printed, err := c.ask(cmd, "GET", "/realtime", nil, nil, &r); printed || err != nil {
				return err
			}
			return c.showRealtime(&r)
		},
	}
	cmd.AddCommand(c.realtimePublish(), c.realtimeCut(), c.realtimeRefuse())
	return cmd
}

func (c *controlling) showRealtime(r *control.Realtime) error {
	fmt.Fprintf(c.out, "application %s, key %s\n", oneLine(r.AppID), oneLine(r.Key))
	if r.RefusedUntil != nil {
		fmt.Fprintf(c.out, "nobody is let in until %s\n", instantText(*r.RefusedUntil))
	}
	if len(r.Connections) == 0 {
		_, err := fmt.Fprintln(c.out, "nobody is connected")
		return err
	}
	err := c.table(func(row func(...any)) {
		row("SOCKET", "SINCE", "GOT", "SENT", "CHANNELS")
		for _, k := range r.Connections {
			row(k.SocketID, instantText(k.ConnectedAt), k.Sent, k.Received, shortened(strings.Join(k.Channels, " "), 40))
		}
	})
	if err != nil || len(r.Channels) == 0 {
		return err
	}
	fmt.Fprintln(c.out)
	return c.table(func(row func(...any)) {
		row("CHANNEL", "CONNECTIONS", "USERS")
		for _, ch := range r.Channels {
			row(ch.Name, ch.Connections, shortened(strings.Join(ch.Users, " "), 40))
		}
	})
}

func (c *controlling) realtimePublish() *cobra.Command {
	var except string
	cmd := &cobra.Command{
		Use: "publish CHANNEL EVENT [DATA]", Short: "Show an event to those who have joined a channel", Args: cobra.RangeArgs(2, 3),
		Long:    "Publish shows an event. DATA that is JSON goes as such, anything else as text; without it it is {}.",
		Example: `  understudy control realtime publish news post.created '{"id":7}'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			body := given(map[string]any{"channel": args[0], "event": args[1], "except": except})
			if len(args) == 3 {
				body["data"] = jsonOrText(args[2])
			}
			var told control.Published
			if printed, err := c.ask(cmd, "POST", "/realtime/publish", nil, body, &told); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "connections that were told: %d\n", told.Connections)
			return err
		},
	}
	cmd.Flags().StringVar(&except, "except", "", "socket id of the one connection that is not told")
	return cmd
}

func (c *controlling) realtimeCut() *cobra.Command {
	var socket, channel, user string
	var code int
	cmd := &cobra.Command{
		Use: "cut", Short: "End connections, to see how a client comes back", Args: cobra.NoArgs,
		Long: `Cut ends connections, all of them unless a flag chooses. Without --code they are cut without a word, as by a broken
network. Of the codes 4000 to 4099 tell a client not to come back, 4100 to 4199 to wait, 4200 to 4299 to come at once.`,
		Example: "  understudy control realtime cut\n  understudy control realtime cut --channel news --code 4100",
		RunE: func(cmd *cobra.Command, _ []string) error {
			body := given(map[string]any{"socket": socket, "channel": channel, "user": user})
			body["code"] = code
			var gone control.Disconnected
			if printed, err := c.ask(cmd, "POST", "/realtime/disconnect", nil, body, &gone); printed || err != nil {
				return err
			}
			_, err := fmt.Fprintf(c.out, "connections ended: %d\n", gone.Ended)
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&socket, "socket", "", "only the connection of this socket id")
	f.StringVar(&channel, "channel", "", "only those who have joined this channel")
	f.StringVar(&user, "user", "", "only those who are present with this id")
	f.IntVar(&code, "code", 0, "close code to send")
	return cmd
}

func (c *controlling) realtimeRefuse() *cobra.Command {
	var nobody bool
	cmd := &cobra.Command{
		Use: "refuse TIME", Short: "Let nobody in for a while, on the stand-in's clock; connections that are there stay", Args: cobra.MaximumNArgs(1),
		Example: "  understudy control realtime refuse 30s\n  understudy control realtime refuse --end",
		RunE: func(cmd *cobra.Command, args []string) error {
			if nobody == (len(args) == 1) {
				return errors.New("say for how long, such as 30s, or --end to let everybody in again")
			}
			body := map[string]any{}
			if len(args) == 1 {
				body["for"] = args[0]
			}
			var until control.Refusing
			if printed, err := c.ask(cmd, "POST", "/realtime/refuse", nil, body, &until); printed || err != nil {
				return err
			}
			if until.Until == nil {
				_, err := fmt.Fprintln(c.out, "everybody is let in")
				return err
			}
			_, err := fmt.Fprintf(c.out, "nobody is let in until %s\n", instantText(*until.Until))
			return err
		},
	}
	cmd.Flags().BoolVar(&nobody, "end", false, "let everybody in again")
	return cmd
}
