//go:build js

// Command wasm is the browser program. It takes the shell's host object,
// assembles the SDK, runs until the shell shuts it down, and leaves nothing.
package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"syscall/js"

	"tccc/agent"
	"tccc/bridge"
)

func main() {
	// The program is small and holds JavaScript's values only until they are
	// collected: collect early rather than late.
	debug.SetGCPercent(50)

	shell, err := bridge.New(js.Global().Get("tcccHost"))
	if err != nil {
		panic(err) // the shell reports it and tries again
	}
	config := shell.Config()
	face := newFace(shell)
	audio := newAudio(shell, face)
	core := agent.New(agent.Options{
		Token:    config.Token,
		SDKAppID: config.SDKAppID,
		UserID:   config.UserID,
		Version:  config.Version,
		Dialer:   shell,
		Media:    audio,
		Tab:      shell.Tab(),
		OnEvent:  shell.Event,
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		core.Run(context.Background())
	}()
	runtime.Gosched() // log in first, draw then
	shell.Attach(bridge.Parts{Core: core, Devices: audio, UI: face})
	face.open(core, audio)
	<-ended
	face.close()
	shell.Close()
}
