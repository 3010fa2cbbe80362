//go:build js

// Command wasm is the browser program. It takes the shell's host object,
// assembles the SDK, runs until the shell shuts it down, and leaves nothing.
package main

import (
	"context"
	"encoding/json"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/bridge"
	"tccc/wire"
)

// drawAtLatest is when the interface is drawn although nothing has happened yet.
const drawAtLatest = 300 * time.Millisecond

func main() {
	shell, err := bridge.New(js.Global().Get("tcccHost"))
	if err != nil {
		panic(err) // the shell reports it and tries again
	}
	config := shell.Config()
	face := newFace(shell)
	first, heard := make(chan struct{}), new(sync.Once)
	audio := newAudio(shell, face)
	core := agent.New(agent.Options{
		Token:    config.Token,
		SDKAppID: config.SDKAppID,
		UserID:   config.UserID,
		Device:   shell.Device(),
		Version:  config.Version,
		Base:     strings.TrimSuffix(config.Base, "/"),
		Dialer:   shell,
		Media:    audio,
		Tab:      shell.Tab(),
		Tabs:     shell,
		Again:    config.Again,
		OnEvent: func(e agent.Event) {
			shell.Event(e)
			shell.Turn() // what is drawn and opened for it comes after the page's handlers
			heard.Do(func() { close(first) })
		},
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		core.Run(context.Background())
	}()
	runtime.Gosched() // the login leaves first
	shell.Attach(bridge.Parts{Core: core, Devices: deviceControl{audio}, UI: face,
		State: func() any { return core.State() }})
	// While the answer is on its way, package encoding/json can look at its type.
	_ = json.Unmarshal([]byte("{}"), new(wire.LoginResult))

	// Pages wait for ready; leg and interface are made after it, the interface
	// also when it takes so long that people should see why.
	select {
	case <-first:
	case <-time.After(drawAtLatest):
	case <-ended:
	}
	// The program is small and holds JavaScript's values only until they are
	// collected: collect early rather than late.
	debug.SetGCPercent(50)
	face.open(core, audio)
	// The first call finds that package encoding/json knows its types.
	_ = json.Unmarshal([]byte(`{"session":{"chat":{}},"agent":{},"message":{}}`), new(wire.Event))
	if !config.Again && !shell.Keeps() {
		shell.Fail(wire.ErrNoStorage)
	}
	<-ended
	face.close()
	shell.Close()
}
