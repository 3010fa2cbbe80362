//go:build js

// Command wasm is the browser program. It takes the shell's host object,
// assembles the SDK, runs until the shell shuts it down, and leaves nothing.
package main

import (
	"context"
	"runtime/debug"
	"syscall/js"

	"tccc/agent"
	"tccc/bridge"
	"tccc/media"
	"tccc/wire"
)

func main() {
	// The program is small and holds JavaScript's values only until it is
	// collected: collect early rather than late.
	debug.SetGCPercent(50)

	shell, err := bridge.New(js.Global().Get("tcccHost"))
	if err != nil {
		panic(err) // the shell reports it and tries again
	}
	config := shell.Config()

	var core *agent.Agent
	audio := media.New(media.Options{
		Root:   shell.Root(),
		Notice: func(e *wire.Error) { core.Notify(e) },
		DevicesChanged: func() {
			shell.Event(agent.Event{Name: wire.EventDevicesChanged})
		},
	})
	core = agent.New(agent.Options{
		Token:    config.Token,
		SDKAppID: config.SDKAppID,
		UserID:   config.UserID,
		Version:  config.Version,
		Dialer:   shell,
		Media:    audio,
		Tab:      shell.Tab(),
		OnEvent:  shell.Event,
	})
	shell.Attach(bridge.Parts{Core: core, Devices: audio})
	core.Run(context.Background())
	shell.Close()
}
