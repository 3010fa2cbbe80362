// Package admin is the operators' door: a Unix socket in the data directory
// that the sub-commands of tccc talk to, and a page that shows agents, queues
// and sessions as they are.
//
// The socket speaks HTTP. Who may connect is decided by the file's mode: the
// account that runs the gateway, and root.
package admin
