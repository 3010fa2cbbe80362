package gateway

import (
	"context"
	"net"
	"net/http"
	"sync"

	"tccc/gateway/config"
	"tccc/gateway/demo"
	"tccc/gateway/sip"
)

// namesKept bounds the calls whose session the demo's phone can ask for.
const namesKept = 500

// demoParts exist in demo mode only: the log-in without a back end and the
// telephone behind the demo's trunk.
type demoParts struct {
	handler   http.Handler
	phone     *demo.Phone
	customers *demo.Customers

	mu    sync.Mutex
	names map[string]string // SIP Call-ID to session
	order []string
}

func newDemoParts() *demoParts { return &demoParts{names: map[string]string{}} }

// openDemo switches the phone on and points the demo's trunk at it.
func (g *Gateway) openDemo(ctx context.Context) (err error) {
	if !g.conf.Demo || len(g.conf.Apps) == 0 {
		return nil
	}
	d := g.demo
	d.phone, err = demo.OpenPhone(ctx, demo.PhoneOptions{Gateway: g.sip.Addr(), Engine: g.engine, SessionID: d.session,
		Log: g.log})
	if err != nil {
		return err
	}
	if err := g.setTrunks(g.conf.SIP.Trunks); err != nil {
		return err
	}
	d.customers = demo.NewCustomers(demoApp(g.conf).SDKAppID, g.center, g.log)
	d.handler = demo.Handler(demo.Options{
		App: demoApp(g.conf), Tokens: g.auth, Phone: d.phone, Customers: d.customers, PublicURL: g.conf.PublicURL,
		Exposed: g.conf.ExposeDemo || !onLoopback(g.conf.Listen), Log: g.log,
	})
	return nil
}

// softphones are where the demo takes calls from without a password: programs
// on this machine.
var softphones = []string{"127.0.0.0/8", "::1"}

// setTrunks puts trunks in force. The demo's leads to its phone, and takes calls
// from softphones on the same machine.
func (g *Gateway) setTrunks(conf []config.Trunk) error {
	list := trunks(conf)
	if g.demo != nil && g.demo.phone != nil {
		for i := range list {
			if list[i].Name == "demo" && list[i].Address == "" {
				list[i].Address = g.demo.phone.Addr()
				list[i].Inbound = sip.Inbound{Addresses: append([]string{g.demo.phone.Addr()}, softphones...)}
			}
		}
	}
	return g.sip.SetTrunks(list)
}

// demoApp is the tenant that the demo's doors log in to: the first one.
func demoApp(c *config.Config) *config.App { return &c.Apps[0] }

func onLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	return err == nil && loopback(host)
}

func (d *demoParts) mount(mux *http.ServeMux) { mux.Handle("/demo/", d.handler) }

func (d *demoParts) close(ctx context.Context) error {
	if d.phone == nil {
		return nil
	}
	return d.phone.Close(ctx)
}

// named notes which session a call that came in has become.
func (d *demoParts) named(sipCallID, sessionID string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.order) >= namesKept {
		delete(d.names, d.order[0])
		d.order = d.order[1:]
	}
	d.names[sipCallID] = sessionID
	d.order = append(d.order, sipCallID)
}

func (d *demoParts) session(sipCallID string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.names[sipCallID]
}
