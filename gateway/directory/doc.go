// Package directory knows the agents and skill groups of every application as
// they are now: what the configuration says, with the changes that back ends
// made at run time on top.
//
// The changes live in the store, one record an application, and are written
// with compare-and-set: a change is whole or is not, also when several
// processes make changes at the same time. Readers see an immutable view and
// never wait. A change that the configuration has made meaningless (an agent
// who was removed from it, a group that is gone) has no effect and is kept, so
// that it counts again when the configuration returns.
package directory
