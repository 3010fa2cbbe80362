package sip

import "github.com/emiago/sipgo/sip"

// tagHeader tells INVITEs that tagged has given a tag from those that came with
// one: what a peer sends is of another type, whatever its name.
type tagHeader struct{ sip.Header }

const tagName = "Local-Tag"

// tagged gives a new INVITE the tag of our side. Every response to it is to have
// that one (RFC 3261 section 8.2.6.2), and sipgo makes some of them by itself,
// from the request and at any time: 100 when it finds us slow, 487 at a CANCEL.
// So the tag must be there before the transaction is.
func tagged(m sip.Message) {
	req, ok := m.(*sip.Request)
	if !ok || !req.IsInvite() || malformed(req) != "" || req.To().Params.Has("tag") {
		return // sipgo reads headers when they are first asked for: malformed has asked
	}
	tag := token(16)
	req.To().Params.Add("tag", tag)
	req.AppendHeader(tagHeader{sip.NewHeader(tagName, tag)})
}

// owned is a copy of an INVITE for the handler to change, since sipgo goes on
// reading its own, and the tag that the INVITE was given, if it is a new one.
func owned(req *sip.Request) (own *sip.Request, tag string) {
	for _, h := range req.GetHeaders(tagName) {
		if h, ok := h.(tagHeader); ok {
			tag = h.Value()
		}
	}
	own = req.Clone()
	for own.RemoveHeader(tagName) {
	}
	return own, tag
}
