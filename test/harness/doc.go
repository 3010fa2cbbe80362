// Package harness runs the real thing for end-to-end tests: the gateway's
// binary on ports of the system's choice, Chromium with devices that need no
// hardware, pages of another origin that load the SDK as integrators do, and
// the demo's phone.
//
// A package of tests calls [Main] from TestMain. A test starts a gateway with
// [StartGateway], opens pages with [NewPage], and awaits events: every method
// that waits has a deadline and fails the test with what it saw instead.
//
// The microphone of every page is a tone of [MicTone] Hz; the demo phone's is
// [PhoneTone] Hz.
package harness

import "time"

// What is heard: frequencies in Hz.
const (
	MicTone   = 1000.0 // the page's microphone
	PhoneTone = 440.0  // the demo phone, and the number 10086
)

// Patience is how long anything that should happen soon may take on a busy
// machine. Tests await events and conditions; nothing sleeps this long.
const Patience = 20 * time.Second
