package gateway

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/gateway/sip/presence"
	"tccc/gateway/store"
)

// deskPhones are the agents' desk phones: whose they are, and where they have
// registered, which outlives the process.
type deskPhones struct {
	g      *Gateway
	bucket *store.Bucket[[]sip.Binding]

	mu     sync.Mutex
	apps   map[string]config.App
	owners map[string]owner // by extension
}

type owner struct{ app, user string }

// openPhones reads what an earlier process has kept.
func (g *Gateway) openPhones(ctx context.Context) (bound map[string][]sip.Binding, err error) {
	d := &deskPhones{g: g, apps: map[string]config.App{}, owners: map[string]owner{}}
	if d.bucket, err = store.OpenBucket[[]sip.Binding](ctx, g.store, "extensions", 0); err != nil {
		return nil, err
	}
	all, err := d.bucket.List(ctx)
	if err != nil {
		return nil, err
	}
	bound = map[string][]sip.Binding{}
	for _, e := range all {
		bound[e.Key] = e.Value
	}
	for _, app := range g.directory.Apps() {
		d.apps[app.SDKAppID] = app
	}
	g.phones = d
	return bound, nil
}

// accounts are the extensions that may register. SIP knows no applications: of
// two with the same name, the first one has it.
func (d *deskPhones) accounts() []sip.Extension {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.owners)
	var list []sip.Extension
	for _, id := range d.order() {
		for _, a := range d.apps[id].Agents {
			if a.Extension == "" || a.ExtensionPassword.IsZero() {
				continue
			}
			if o, taken := d.owners[a.Extension]; taken {
				d.g.log.Warn("two agents have the same extension: the first one has it", "extension", a.Extension,
					"agent", a.UserID, "first", o.user)
				continue
			}
			d.owners[a.Extension] = owner{id, a.UserID}
			list = append(list, sip.Extension{
				Name: a.Extension, Password: a.ExtensionPassword.Reveal(),
				Security: security(cmp.Or(a.ExtensionSRTP, d.g.conf.SIP.Phones.SRTP)),
			})
		}
	}
	return list
}

func (d *deskPhones) order() []string {
	var ids []string
	for id := range d.apps {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func (d *deskPhones) owner(extension string) (owner, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	o, ok := d.owners[extension]
	return o, ok
}

// changed follows a change of an application's agents.
func (d *deskPhones) changed(ctx context.Context, id string, app *config.App) {
	d.mu.Lock()
	if app == nil {
		delete(d.apps, id)
	} else {
		d.apps[id] = *app
	}
	d.mu.Unlock()
	d.g.sip.SetExtensions(d.accounts())
	if app == nil {
		return
	}
	for _, a := range app.Agents {
		o, mine := d.owner(a.Extension)
		up := mine && o == owner{id, a.UserID} && d.g.sip.Reachable(a.Extension)
		_ = d.g.center.SetPhone(ctx, id, a.UserID, up) // fails when the gateway ends
	}
}

// save keeps where a phone is.
func (d *deskPhones) save(extension string, list []sip.Binding) {
	err := error(nil)
	if len(list) == 0 {
		err = d.bucket.DeleteLater(extension)
	} else {
		err = d.bucket.PutLater(extension, list)
	}
	if err != nil {
		d.g.log.Error("a desk phone's registration was not saved", "extension", extension, "err", err)
	}
}

// reachable tells the center that a phone has come or gone.
func (d *deskPhones) reachable(extension string, up bool) {
	if o, ok := d.owner(extension); ok {
		_ = d.g.center.SetPhone(context.Background(), o.app, o.user, up) // fails when the gateway ends
	}
}

// watch says what a phone is shown of whom it watches.
func (d *deskPhones) watch(ctx context.Context, w sip.Watching) (presence.State, int) {
	o, ok := d.owner(w.Phone)
	if !ok {
		return presence.State{}, 403
	}
	return d.g.center.Lamp(ctx, o.app, o.user, w)
}

// lights has the phones that watch something shown how it is now.
func (g *Gateway) lights(resource string) {
	if s := g.lamps.Load(); s != nil { // the center is there first
		s.Changed(resource)
	}
}

// call hands a call that a desk phone makes to the center.
func (d *deskPhones) call(c *sip.Call) {
	o, ok := d.owner(c.Extension())
	if !ok {
		_ = c.Reject(403, "")
		return
	}
	d.g.center.FromPhone(o.app, o.user, phone{c})
}
