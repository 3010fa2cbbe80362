// Package push sends webhooks: call records, sessions and agents' statuses
// go to URLs of the configuration, signed, at least once, in order per
// session, also when a receiver is away and the gateway is restarted.
//
// Two stages. The writer turns call records (which it follows in the store, so
// that none is missed) and events of the center into items of the outbox, one
// for each receiver that wants it; it is one goroutine, which is what puts
// them in order. A courier per receiver reads its part of the outbox, keeps a
// bounded number in lanes, one per session or agent, and sends the first of
// each. Delivered items leave the outbox; what could not be delivered in time
// is moved to the dead letters.
package push
