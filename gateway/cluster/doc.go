// Package cluster makes several gateways one: each runs a NATS server, the
// servers find each other by the routes that are configured, and every
// application has one owner at a time.
//
// Who owns an application is a record in a replicated bucket, changed by
// compare-and-set. Its revision is the fence: whoever acts for an application
// names it, and a [Fence] refuses a lower one. Heartbeats tell nothing but when
// to try: an owner that a majority has not heard for a while stops by itself,
// and somewhat later another node takes over.
//
// What is decided is in watch_fsm.go and book_fsm.go, which know neither NATS
// nor the time of day; the rest carries it out.
package cluster
