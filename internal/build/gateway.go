package main

import (
	"context"
	"flag"
	"fmt"

	"tccc/internal/build/flags"
)

// runGateway compiles the gateway with what is in web/dist.
func runGateway(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("gateway", flag.ContinueOnError)
	out := fs.String("o", "bin/tccc", "file to write")
	if err := fs.Parse(args); err != nil {
		return err
	}
	return compileGateway(ctx, *out, nil)
}

func compileGateway(ctx context.Context, out string, env []string) error {
	args := append([]string{"build", "-o", out}, flags.ForGateway(version(ctx))...)
	cmd := command(ctx, "go", append(args, flags.Gateway)...)
	cmd.Env = env
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("failed to compile the gateway: %w", err)
	}
	return nil
}
