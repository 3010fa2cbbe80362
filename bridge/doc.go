// Package bridge is the JavaScript edge of the SDK. The shell (web/sdk)
// makes window.tccc and its promises; this package takes the calls that the
// shell hands over, one number and one JSON text each, and gives back results
// and events in the same way.
//
// Every method goes through one door: its options are decoded into a struct and
// validated, it runs in a goroutine under its deadline, a panic becomes a
// rejection, and its promise is settled exactly once. What a method takes and
// does is plain Go, a file a namespace; only files named _js.go touch JavaScript.
package bridge
