package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"understudy/scenarios/deployment"

	"github.com/spf13/pflag"
)

// imaging are the flags of a target that is started from a container image for the length of a run.
type imaging struct {
	image  string
	port   int
	base   string
	env    []string
	ready  string
	within time.Duration
}

func (i *imaging) flags(f *pflag.FlagSet) {
	f.StringVar(&i.image, "image", "", "start the target from this container image, and remove it afterwards; its log stands in the result")
	f.IntVar(&i.port, "image-port", 0, "port on which it listens in the container")
	f.StringVar(&i.base, "image-base", "", "path below which it serves the contract: /v1")
	f.StringArrayVar(&i.env, "image-env", nil, "NAME=VALUE for its process (repeatable)")
	f.StringVar(&i.ready, "image-ready", "", "path that answers when it is ready: /health (default: any answer of / will do)")
	f.DurationVar(&i.within, "image-within", time.Minute, "how long it may take to become ready")
}

// startImage starts the target where one is to be started.
func (c *court) startImage(ctx context.Context) error {
	i := &c.flags.imaging
	if i.image == "" {
		if i.port != 0 || i.base != "" || len(i.env) > 0 || i.ready != "" {
			return errors.New("--image-port, --image-base, --image-env and --image-ready say more of --image, which is missing")
		}
		return nil
	}
	if len(c.flags.targets) > 0 || c.flags.readyFile != "" {
		return errors.New("--image starts the target: leave --target and --ready-file out")
	}
	if i.base != "" && !strings.HasPrefix(i.base, "/") {
		return fmt.Errorf("--image-base %s: it is a path and begins with a slash", i.base)
	}
	o := deployment.Options{Image: i.image, Port: i.port, Env: map[string]string{}, Ready: i.ready, Within: i.within}
	for _, pair := range i.env {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return errors.New("--image-env: write NAME=VALUE")
		}
		o.Env[name] = value
	}
	d, err := deployment.Start(ctx, o)
	if err != nil {
		return err
	}
	c.started = d
	c.closers = append(c.closers, func() {
		if err := d.Stop(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(c.err, "understudy: "+err.Error())
		}
	})
	c.flags.targets = []string{d.URL + strings.TrimSuffix(i.base, "/")}
	return nil
}

// keepLog gives the result what a target that was started has printed.
func (c *court) keepLog() {
	if c.started == nil {
		return
	}
	log := c.started.Log(context.Background())
	for _, d := range c.deployed {
		d.Log = log
	}
}
