package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"tccc/gateway"
	"tccc/gateway/config"
)

// stopTimeout is how long the gateway may take to write what it holds.
const stopTimeout = 10 * time.Second

func serve(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	file := flags.String("config", "", "configuration `FILE`; without it the demo tenant runs")
	listen := flags.String("listen", "", "`HOST:PORT` of HTTP, instead of the configuration's")
	sip := flags.String("sip", "", "`HOST:PORT` of SIP, instead of the configuration's")
	data := flags.String("data", "", "`DIR` of the store, instead of the configuration's")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	conf, err := config.Load(*file, os.Environ())
	if err != nil {
		return err
	}
	override(&conf.Listen, *listen)
	override(&conf.SIP.Listen, *sip)
	override(&conf.Data, *data)
	if err := conf.Check(); err != nil {
		return err
	}
	log := newLogger(conf.Log.Level)
	for _, w := range conf.Warnings {
		log.Warn(w)
	}

	g, err := gateway.Start(ctx, conf, log)
	if err != nil {
		return err
	}
	announce(g, conf)
	select {
	case <-ctx.Done():
	case err = <-g.Failed():
	}
	stopping, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return errors.Join(err, g.Close(stopping))
}

func override(key *string, flag string) {
	if flag != "" {
		*key = flag
	}
}

func newLogger(level string) *slog.Logger {
	var l slog.Level
	_ = l.UnmarshalText([]byte(level)) // checked by the configuration
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l}))
}

// announce prints the ports in use as one JSON line for programs, and a hint
// for people.
func announce(g *gateway.Gateway, conf *config.Config) {
	line, _ := json.Marshal(struct {
		Ready bool   `json:"ready"`
		HTTP  string `json:"http"`
		SIP   string `json:"sip"`
	}{true, g.HTTPAddr(), g.SIPAddr()})
	fmt.Println(string(line))
	if conf.Demo {
		host := g.HTTPAddr()
		if h, port, err := net.SplitHostPort(host); err == nil && h == "127.0.0.1" {
			host = "localhost:" + port
		}
		fmt.Fprintf(os.Stderr, "\n  Agent desk    http://%s/\n  Demo phone    http://%s/phone.html\n\n", host, host)
	}
}

func check(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	file := flags.String("config", "", "configuration `FILE`")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return nil
	} else if err != nil {
		return err
	}
	conf, err := config.Load(*file, os.Environ())
	if err != nil {
		return err
	}
	for _, w := range conf.Warnings {
		fmt.Println("warning:", w)
	}
	fmt.Println("the configuration is valid")
	return nil
}

func printConfig(context.Context, []string) error {
	_, err := os.Stdout.Write(config.DemoYAML)
	return err
}

func printVersion(context.Context, []string) error {
	version := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = info.Main.Version + " " + info.GoVersion
	}
	fmt.Println("tccc", version)
	return nil
}
