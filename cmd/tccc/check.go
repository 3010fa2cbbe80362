package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"tccc/gateway"
	"tccc/gateway/config"
)

func check(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	file := flags.String("config", "", "configuration `FILE`")
	strict := flags.Bool("strict", false, "let warnings be errors")
	if err := flags.Parse(args); err != nil {
		return err
	}
	conf, err := config.Load(*file, os.Environ())
	if err != nil {
		return err
	}
	for _, w := range conf.Warnings {
		fmt.Println("warning:", w)
	}
	if *strict && len(conf.Warnings) > 0 {
		return fmt.Errorf("the configuration is valid, but warnings count (-strict): %d", len(conf.Warnings))
	}
	fmt.Println("the configuration is valid")
	return nil
}

func printConfig(context.Context, []string) error {
	_, err := os.Stdout.Write(config.DemoYAML)
	return err
}

func printVersion(context.Context, []string) error {
	fmt.Println("tccc", gateway.Version())
	return nil
}
