package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"time"

	"understudy/contracts"
	"understudy/mock"
	"understudy/mock/clock"
	"understudy/mock/control"
)

// A stand is our stand-in for a document, served over sockets as understudy serve does it, with its management API.
type stand struct {
	target, control string // addresses; target has the base path of the first server
	servers         []*http.Server
}

func (s *stand) shut() {
	for _, server := range slices.Backward(s.servers) {
		_ = server.Close() // nobody is left to be told
	}
}

// raise starts the stand-in. Unknown things are unknown to it (state strict), and its clock stands still, so that runs can be
// compared.
func raise(ctx context.Context, c *contracts.Contract) (*stand, error) {
	virtual := clock.New(clock.Options{At: instant, Frozen: true})
	server, err := mock.New(ctx, mock.Options{
		Contract: c, Seed: seed, Clock: virtual, AutoApprove: true, Reasons: true, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	s := &stand{}
	address, err := s.serve(server)
	if err != nil {
		return nil, err
	}
	s.target = address
	if len(c.Servers) > 0 {
		s.target += c.Servers[0].Base
	}
	management := control.New(control.Options{Clock: virtual, Seed: seed})
	management.Add(c.Name, s.target, func() *mock.Server { return server })
	management.Ready()
	if s.control, err = s.serve(management); err != nil {
		s.shut()
		return nil, err
	}
	return s, nil
}

// serve opens a socket for a handler and gives its address.
func (s *stand) serve(h http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	s.servers = append(s.servers, server)
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			fail(err)
		}
	}()
	return "http://" + listener.Addr().String(), nil
}
