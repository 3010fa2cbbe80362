// Package chat is what is written in a chat: what a message may hold, the
// numbers and the order in which messages are stored, and how they are read. Who
// talks to whom, queues and agents are none of its business.
//
// Messages are stored before anybody sees them, so that nobody has seen what is
// lost.
package chat
