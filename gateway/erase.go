package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tccc/gateway/admin"
	"tccc/gateway/audit"
	"tccc/gateway/cloudapi"
	"tccc/gateway/numbering"
	"tccc/gateway/store"
	"tccc/wire"
)

// eraseRounds bounds how often what came in meanwhile is looked for.
const eraseRounds = 5

// customer is who is to be erased: a telephone number, or the id of somebody
// in chats, audio and video sessions.
type customer struct{ id, number string }

// customerOf reads what an operator or a back end has named.
func customerOf(text string) (customer, error) {
	if text = strings.TrimSpace(text); text == "" || len(text) > 256 {
		return customer{}, wire.ErrInvalidOptions.For("customer",
			"it must be a telephone number or the id of a customer, of 1 to 256 bytes")
	}
	return customer{text, plainNumber(text)}, nil
}

// china is how numbers in records may have been written, whatever the trunks'
// own rules were at the time.
var china = numbering.Plan{Country: "86", International: "00", National: "0", Bare: []string{"1", "400", "800"}}

// plainNumber is a number in the one form that all ways to write it share;
// "" if the text is none.
func plainNumber(text string) string {
	n, err := wire.ParseNumber(text)
	if err != nil {
		return ""
	}
	return china.Write(n.Digits, numbering.Plus)
}

// is reports whether a text is the customer, however it is written.
func (c customer) is(text string) bool {
	return text == c.id || c.number != "" && text != "" && plainNumber(text) == c.number
}

// had reports whether a session was the customer's. The company's numbers are
// on the other side.
func (c customer) had(r *store.CDR) bool {
	theirs := r.Caller
	if r.Direction == wire.Outbound {
		theirs = r.Callee
	}
	return r.CustomerUserID == c.id || r.Type != wire.TypeInternal && c.is(theirs) || c.is(r.TransferredTo)
}

// eraseCustomer removes everything about a customer, of one application or of
// all, and overwrites it in the files of the store.
func (g *Gateway) eraseCustomer(ctx context.Context, app, text string) (e admin.Erasure, err error) {
	who, err := customerOf(text)
	if err != nil {
		return e, err
	}
	e.Left = []string{}
	for range eraseRounds {
		found, err := g.store.Find(ctx, app, who.had)
		if err != nil {
			return e, err
		}
		if err := g.refuseLive(ctx, app, who, found); err != nil {
			return e, err
		}
		if err := g.eraseFiles(ctx, app, who, found, &e); err != nil {
			return e, err
		}
		n, err := g.store.Erase(ctx, found)
		e.Records, e.Messages, e.Snapshots = e.Records+n.Records, e.Messages+n.Messages, e.Snapshots+n.Snapshots
		e.Visits, e.Pushes = e.Visits+n.Visits, e.Pushes+n.Pushes
		if err != nil {
			return e, err
		}
		if len(found) == 0 {
			break
		}
		e.Sessions += len(found)
		aside, err := g.store.EraseAside(func(text string) bool { return mentions(text, who, found) })
		if err != nil {
			return e, err
		}
		e.SetAside += aside
	}
	e.Bytes, err = g.store.Scrub(ctx)
	if errors.Is(err, store.ErrNoFiles) {
		e.Left = append(e.Left, "the bytes of what was removed, in the files of the NATS server: it removes them when it compacts their blocks; "+
			"its backups and snapshots keep them")
		err = nil
	}
	return e, err
}

// refuseLive names sessions that have not ended.
func (g *Gateway) refuseLive(ctx context.Context, app string, who customer, found []store.Kept) error {
	var live []string
	for _, a := range g.directory.Apps() {
		if app != "" && a.SDKAppID != app {
			continue
		}
		all, err := g.center.Sessions(ctx, a.SDKAppID)
		if err != nil {
			return err
		}
		for i := range all {
			r := &all[i].CDR
			known := slices.ContainsFunc(found,
				func(k store.Kept) bool { return k.SessionID == r.SessionID && k.SDKAppID == r.SDKAppID })
			if known || who.had(r) {
				live = append(live, r.SessionID)
			}
		}
	}
	if len(live) > 0 {
		return wire.ErrSessionState.With("the customer has sessions that are live: %s. End them, then erase",
			strings.Join(live, ", "))
	}
	return nil
}

// eraseFiles removes files and recordings, which the records lead to.
func (g *Gateway) eraseFiles(ctx context.Context, app string, who customer, found []store.Kept,
	e *admin.Erasure) error {
	n, err := g.files.Erase(ctx, func(of, session, user string) bool {
		return (app == "" || app == of) && (user == who.id ||
			slices.ContainsFunc(found, func(k store.Kept) bool { return k.SessionID == session && k.SDKAppID == of }))
	})
	e.Files += n
	if err != nil {
		return err
	}
	for i := range found {
		if found[i].Recording == "" {
			continue
		}
		there, err := g.recorder.Erase(found[i].Recording)
		if there {
			e.Recordings++
		}
		if err != nil {
			e.Left = append(e.Left, err.Error())
		}
	}
	return nil
}

// mentions reports whether what was set aside is about the customer. The id of
// one may be a part of another's.
func mentions(text string, who customer, found []store.Kept) bool {
	quoted, _ := json.Marshal(who.id) // a string always can be
	return text == who.id || strings.HasSuffix(text, "/"+who.id) || strings.Contains(text, string(quoted)) ||
		len(who.number) >= 7 && strings.Contains(text, who.number) ||
		slices.ContainsFunc(found, func(k store.Kept) bool { return strings.Contains(text, k.SessionID) })
}

// noteErasure writes the audit line, without the customer whom it would name.
func (g *Gateway) noteErasure(door, who, from string, e *admin.Erasure, err error) {
	result := audit.OK
	if err != nil {
		result = "refused or failed"
		if known := (*wire.Error)(nil); errors.As(err, &known) {
			result = known.Name
		}
	}
	g.trail.Note(audit.Event{Door: door, Action: "erase", Who: who, From: from, Result: result})
	if e.Sessions > 0 || e.Files > 0 {
		g.log.Info("a customer was erased", "door", door, "sessions", e.Sessions, "records", e.Records, "messages",
			e.Messages,
			"files", e.Files, "recordings", e.Recordings, "bytes", e.Bytes)
	}
}

// Erase implements admin.Gateway.
func (o operators) Erase(ctx context.Context, app, customer string) (admin.Erasure, error) {
	if app != "" {
		if _, ok := o.g.directory.App(app); !ok {
			return admin.Erasure{}, fmt.Errorf("there is no application %q", app)
		}
	}
	e, err := o.g.eraseCustomer(ctx, app, customer)
	o.g.noteErasure("operators", "operator", admin.SocketName, &e, err)
	return e, err
}

// eraser erases for back ends.
type eraser struct{ g *Gateway }

// Erase implements cloudapi.Eraser.
func (r eraser) Erase(ctx context.Context, app, customer, key, from string) (cloudapi.Erased, error) {
	e, err := r.g.eraseCustomer(ctx, app, customer)
	r.g.noteErasure("cloudapi", key, from, &e, err)
	return cloudapi.Erased(e), err
}
