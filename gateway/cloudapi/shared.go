package cloudapi

import (
	"tccc/gateway/store"
	"tccc/wire"
)

// What pushed call records have in common with those that are asked for.

// Ending tells how a call ended: EndStatus and EndStatusString.
func Ending(c *store.CDR) (status int64, name string) {
	e := endingOf(c)
	return e.status, e.name
}

// HungUpSide is "user", "seat" or "system".
func HungUpSide(by wire.CloseBy) string { return hungUpSide(by) }

// CallType is 1 for outbound, 2 for inbound, 3 for audio sessions and 6 for
// internal calls.
func CallType(c *store.CDR) int64 { return callType(c) }
