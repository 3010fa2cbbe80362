// Command tccc is the gateway: it routes telephone calls, chats and browser
// sessions to agents, and serves the SDK that their pages load.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

const usage = `Usage: tccc COMMAND [OPTIONS]

Commands:
  serve    run the gateway
  check    read a configuration and say what is wrong with it
  config   print the commented sample configuration
  version  print the version

"tccc COMMAND -h" lists the options of a command.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	commands := map[string]func(context.Context, []string) error{
		"serve": serve, "check": check, "config": printConfig, "version": printVersion,
	}
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	cmd := commands[args[0]]
	if cmd == nil {
		fmt.Fprintf(os.Stderr, "tccc: there is no command %q\n\n%s", args[0], usage)
		return 2
	}
	if err := cmd(ctx, args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "tccc:", err)
		return 1
	}
	return 0
}
