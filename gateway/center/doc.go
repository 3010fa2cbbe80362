// Package center is the loop that owns a node's agents, queues and sessions.
//
// Everything that changes them is a function that the loop runs: commands of
// agents, events of telephone calls, timers, results of work done outside.
// Inside the loop nothing blocks. SIP transactions run on a worker per call,
// SDP and the store on goroutines that report back by posting to the loop.
package center
