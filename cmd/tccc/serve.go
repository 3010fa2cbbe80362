package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"tccc/gateway"
	"tccc/gateway/config"
)

// stopTimeout is how long the gateway may take to write what it holds.
const stopTimeout = 10 * time.Second

// settings are the options of serve.
type settings struct{ file, listen, sip, data string }

func (s *settings) load() (*config.Config, error) {
	conf, err := config.Load(s.file, os.Environ())
	if err != nil {
		return nil, err
	}
	override(&conf.Listen, s.listen)
	override(&conf.SIP.Listen, s.sip)
	override(&conf.Data, s.data)
	return conf, conf.Check()
}

func serve(ctx context.Context, args []string) error {
	var s settings
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.StringVar(&s.file, "config", "", "configuration `FILE`; without it the demo tenant runs")
	flags.StringVar(&s.listen, "listen", "", "`HOST:PORT` of HTTP, instead of the configuration's")
	flags.StringVar(&s.sip, "sip", "", "`HOST:PORT` of SIP, instead of the configuration's")
	flags.StringVar(&s.data, "data", "", "`DIR` of the store, instead of the configuration's")
	if err := flags.Parse(args); err != nil {
		return err
	}
	conf, err := s.load()
	if err != nil {
		return err
	}
	level := &slog.LevelVar{}
	_ = level.UnmarshalText([]byte(conf.Log.Level)) // checked by the configuration
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	for _, w := range conf.Warnings {
		log.Warn(w)
	}
	signals := listen()
	g, err := gateway.Start(ctx, conf, log)
	if err != nil {
		return err
	}
	announce(g, conf)
	r := &running{g: g, conf: conf, settings: &s, log: log, level: level}
	err = r.until(ctx, signals)
	stopping, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	return errors.Join(err, g.Close(stopping))
}

func override(key *string, flag string) {
	if flag != "" {
		*key = flag
	}
}

// announce prints the ports in use as one JSON line for programs, and a hint
// for people.
func announce(g *gateway.Gateway, conf *config.Config) {
	line, _ := json.Marshal(struct {
		Ready bool   `json:"ready"`
		HTTP  string `json:"http"`
		SIP   string `json:"sip"`
		TLS   string `json:"sipTls,omitempty"`
	}{true, g.HTTPAddr(), g.SIPAddr(), g.SIPTLSAddr()})
	fmt.Println(string(line))
	if conf.Demo {
		url := strings.Replace(g.URL(), "//127.0.0.1:", "//localhost:", 1)
		fmt.Fprintf(os.Stderr, "\n  Agent desk    %[1]s/\n  Customer      %[1]s/customer.html\n  Demo phone    %[1]s/phone.html\n\n", url)
	}
}
