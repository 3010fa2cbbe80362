// Package store keeps what must outlive the process, in NATS JetStream, and is
// the only package that talks to it: typed key-value buckets with
// compare-and-set, the stream of call records, and a write-behind queue for
// snapshots that may lag a moment.
//
// By default NATS runs inside the process, on files of one directory and
// without a network listener. Every write that returned without an error has
// been synced to disk; docs/durability.md says what survives what.
package store
