// Command tccc is the gateway: it routes telephone calls, chats and browser
// sessions to agents, and serves the SDK that their pages load.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"tccc/gateway"
)

const usage = `Usage: tccc COMMAND [OPTIONS]

Commands:
  serve     run the gateway
  check     read a configuration and say what is wrong with it
  config    print the commented sample configuration
  version   print the version
  store     check and repair the files of a store: tccc store check, tccc store repair

Commands that ask a running gateway (on the same machine, by its data directory):
  agents    who is doing what
  sessions  the calls and chats that exist now
  token     make a login token for an agent
  pushes    list and replay pushes that could not be delivered
  trunks    where calls of SIP trunks can go, and how these places do
  erase     remove everything about a customer

"tccc COMMAND -h" lists the options of a command.
`

// version is set by the linker.
var version string

func main() {
	gateway.Release = version
	os.Exit(run(context.Background(), os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	commands := map[string]func(context.Context, []string) error{
		"serve": serve, "check": check, "config": printConfig, "version": printVersion,
		"agents": agents, "sessions": sessions, "token": token, "pushes": pushes, "trunks": trunks, "erase": erase,
		"store": storeFiles,
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
	switch err := cmd(ctx, args[1:]); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "tccc:", err)
		return 1
	}
	return 0
}
