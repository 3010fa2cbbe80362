// Package wire is what the SDK and the gateway say to each other: JSON-RPC 2.0
// text frames over a WebSocket (subprotocol "tccc.v1"), the parameters and
// results of every method, the events with the payloads that pages see, and
// the one catalogue of errors.
//
// The package is pure: it imports neither syscall/js nor any network code and
// is compiled into both programs.
package wire

// Subprotocol is the WebSocket subprotocol of agent and visitor sockets.
const Subprotocol = "tccc.v1"

// MaxFrame is the largest text frame either side accepts, in bytes.
const MaxFrame = 256 << 10
