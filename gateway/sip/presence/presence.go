// Package presence writes what desk phones are told of people: the bodies of
// the event packages dialog (RFC 4235), presence (RFC 3856, 3863, 4480) and
// message-summary (RFC 3842). It is pure: whom a phone may watch, and when it is
// told, is decided elsewhere.
package presence

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
)

// The event packages.
const (
	Dialog         = "dialog"
	Presence       = "presence"
	MessageSummary = "message-summary"
)

// Packages lists them, as Allow-Events does.
var Packages = []string{Dialog, MessageSummary, Presence}

// ContentType is the type of a package's bodies.
func ContentType(pkg string) string {
	switch pkg {
	case Dialog:
		return "application/dialog-info+xml"
	case Presence:
		return "application/pidf+xml"
	}
	return "application/simple-message-summary"
}

// State is what a phone is shown of whom it watches.
type State struct {
	Resource string // names what the state is of: a change of it is told under this name
	Calls    []Call // of dialog
	Open     bool   // of presence: somebody is there
	Activity string // of presence: an element of RFC 4480, "" for none
	Note     string // of presence, for people
	Voice    int    // of message-summary: customers who wait to talk
	Text     int    // and to write
}

// Call is one call of whom a phone watches. It must be comparable.
type Call struct {
	ID           string
	Initiator    bool   // it has called; else it was called
	Confirmed    bool   // the two talk; else it rings
	Number, Name string // of the far side; empty where the phone may not see it
	PickUp       bool   // the phone may pick it up (RFC 3891)
}

// Tags are those of the dialog that a phone names to pick up a call. Who may is
// decided when it does: they are no secret.
const (
	LocalTag  = "desk"
	RemoteTag = "caller"
)

// Dialogs writes the dialog-info documents of one subscription, one after the
// other: a document that is not full has what has changed since the last one.
type Dialogs struct {
	Entity string // URI of whom the phone watches
	Host   string // of the addresses of the far sides

	version uint32
	shown   []Call
}

// Next writes the next document; nil if nothing has changed and it need not be full.
func (d *Dialogs) Next(calls []Call, full bool) []byte {
	var list, gone []Call
	for _, c := range calls {
		if full || !slices.Contains(d.shown, c) {
			list = append(list, c)
		}
	}
	for _, s := range d.shown {
		if !full && !slices.ContainsFunc(calls, func(c Call) bool { return c.ID == s.ID }) {
			gone = append(gone, s)
		}
	}
	if !full && len(list)+len(gone) == 0 {
		return nil
	}
	var b bytes.Buffer
	state := "partial"
	if full {
		state = "full"
	}
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="%d" state="%s" entity="%s">`+"\n",
		d.version, state, text(d.Entity))
	for _, c := range list {
		d.write(&b, &c, stateOf(c))
	}
	for _, c := range gone {
		d.write(&b, &c, "terminated")
	}
	b.WriteString("</dialog-info>\n")
	d.version++
	d.shown = slices.Clone(calls)
	return b.Bytes()
}

func stateOf(c Call) string {
	if c.Confirmed {
		return "confirmed"
	}
	return "early"
}

func (d *Dialogs) write(b *bytes.Buffer, c *Call, state string) {
	direction := "recipient"
	if c.Initiator {
		direction = "initiator"
	}
	fmt.Fprintf(b, `<dialog id="%s"`, text(c.ID))
	if c.PickUp && state == "early" {
		fmt.Fprintf(b, ` call-id="%s" local-tag="%s" remote-tag="%s"`, text(c.ID), LocalTag, RemoteTag)
	}
	fmt.Fprintf(b, ` direction="%s"><state>%s</state>`, direction, state)
	if c.Number != "" {
		uri := text("sip:" + escape(c.Number) + "@" + d.Host)
		name := ""
		if c.Name != "" {
			name = fmt.Sprintf(` display="%s"`, text(c.Name))
		}
		fmt.Fprintf(b, `<remote><identity%s>%s</identity><target uri="%s"/></remote>`, name, uri, uri)
	}
	b.WriteString("</dialog>\n")
}

// PIDF writes a presence document.
func PIDF(entity string, s *State) []byte {
	basic, activity := "closed", ""
	if s.Open {
		basic = "open"
	}
	if s.Activity != "" {
		activity = "<rpid:activities><rpid:" + s.Activity + "/></rpid:activities>"
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		`<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"`+
		` xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid" entity="%s">`+"\n"+
		`<tuple id="desk"><status><basic>%s</basic></status><note>%s</note></tuple>`+"\n"+
		`<dm:person id="agent">%s<dm:note>%s</dm:note></dm:person>`+"\n</presence>\n",
		text(entity), basic, text(s.Note), activity, text(s.Note))
}

// Summary writes a message summary.
func Summary(entity string, s *State) []byte {
	waiting := "no"
	if s.Voice+s.Text > 0 {
		waiting = "yes"
	}
	return fmt.Appendf(nil,
		"Messages-Waiting: %s\r\nMessage-Account: %s\r\nVoice-Message: %d/0 (0/0)\r\nText-Message: %d/0\r\n",
		waiting, entity, s.Voice, s.Text)
}

// text is a text as it may stand in a document: between tags and in quotes.
// Characters that XML does not have become U+FFFD.
func text(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// escape writes the user of a SIP address (RFC 3261 section 25.1).
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if plain || strings.IndexByte("-_.!~*'()+", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
