package sip

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

// Limits of registrations.
const (
	maxBindings    = 5 // of an extension
	bindLeast      = time.Minute
	bindMost       = time.Hour
	bindMostStream = 10 * time.Minute // a connection without traffic is closed after tcpIdle
	bindDefault    = time.Hour
	maxContact     = 512 // bytes of a contact, and of a path
	maxPath        = 5
	silentMost     = 2 // OPTIONS without an answer, then the phone counts as away
)

// Binding is one place where a desk phone is (RFC 3261 section 10).
type Binding struct {
	Contact  string         `json:"contact"`
	Instance string         `json:"instance,omitempty"` // RFC 5626: the device, whatever its address
	Flow     string         `json:"flow,omitempty"`     // and which of its ways (reg-id)
	Path     []string       `json:"path,omitempty"`     // RFC 3327
	Network  string         `json:"network"`            // "UDP", "TCP", "TLS"
	Source   netip.AddrPort `json:"source"`             // where the REGISTER came from, and where calls go
	CallID   string         `json:"callId"`
	CSeq     uint32         `json:"cseq"`
	Expires  time.Time      `json:"expires"`
	Agent    string         `json:"agent,omitempty"` // what the phone calls itself

	silent int // OPTIONS that were not answered
}

// target is where an INVITE for the binding goes.
func (b *Binding) target() (uri sip.Uri, routes []sip.Uri, err error) {
	if err = sip.ParseUri(b.Contact, &uri); err != nil {
		return uri, nil, err
	}
	for _, p := range b.Path {
		var r sip.Uri
		if err = sip.ParseUri(p, &r); err != nil {
			return uri, nil, err
		}
		routes = append(routes, r)
	}
	return uri, routes, nil
}

type flow struct {
	network string
	source  netip.AddrPort
}

// registrar keeps where the desk phones are.
type registrar struct {
	s *Server

	mu       sync.Mutex
	accounts map[string]*account
	bound    map[string][]*Binding // by extension, the newest last
	flows    map[flow]string

	telling sync.Mutex // keeps what is told in order
	told    map[string]bool
}

func newRegistrar(s *Server) *registrar {
	return &registrar{s: s, accounts: map[string]*account{}, bound: map[string][]*Binding{}, flows: map[flow]string{},
		told: map[string]bool{}}
}

func (r *registrar) account(name string) *account {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.accounts[name]
}

func (r *registrar) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.accounts) > 0
}

// at is the extension that has registered over a way, "" for none.
func (r *registrar) at(network string, source netip.AddrPort) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.flows[flow{network, source}]
}

func (r *registrar) set(list []Extension) {
	r.mu.Lock()
	next, gone := map[string]*account{}, []string{}
	for _, e := range list {
		if e.Name != "" && e.Password != "" && next[e.Name] == nil {
			next[e.Name] = newAccount(e, r.accounts[e.Name])
		}
	}
	for name, old := range r.accounts {
		a := next[name]
		if a == nil || subtle.ConstantTimeCompare([]byte(a.Password), []byte(old.Password)) != 1 {
			gone = append(gone, name)
		}
	}
	r.accounts = next
	r.mu.Unlock()
	for _, name := range gone {
		r.keep(name, func(*Binding) bool { return false })
		r.s.subs.end(reasonRejected, func(w *subscription) bool { return w.phone.Name == name })
	}
	r.s.subs.each(func(*subscription) bool { return true }, func(w *subscription) { wake(w.changed) })
}

// restore takes up what an earlier process has kept. Connections are gone with it.
func (r *registrar) restore(all map[string][]Binding) {
	now := r.s.now()
	for name, list := range all {
		r.mu.Lock()
		if r.accounts[name] != nil {
			for _, b := range list {
				if b.Network == "UDP" && b.Expires.After(now) && len(r.bound[name]) < maxBindings &&
					b.Source.IsValid() {
					r.bound[name] = append(r.bound[name], &b)
				}
			}
			r.index()
		}
		r.mu.Unlock()
		r.report(name)
	}
}

// index writes the flows anew; r.mu is held.
func (r *registrar) index() {
	clear(r.flows)
	for name, list := range r.bound {
		for _, b := range list {
			r.flows[flow{b.Network, b.Source}] = name
		}
	}
}

// keep drops the bindings of an extension that do not stay, and tells that.
func (r *registrar) keep(name string, stays func(*Binding) bool) {
	r.mu.Lock()
	before := len(r.bound[name])
	list := slices.DeleteFunc(r.bound[name], func(b *Binding) bool { return !stays(b) })
	r.put(name, list)
	changed := len(list) != before
	r.mu.Unlock()
	if changed {
		r.changed(name)
	}
}

func (r *registrar) put(name string, list []*Binding) {
	if r.bound[name] = list; len(list) == 0 {
		delete(r.bound, name)
	}
	r.index()
}

// changed saves an extension's bindings and tells whether it can be reached.
func (r *registrar) changed(name string) {
	if save := r.s.o.SaveBindings; save != nil {
		save(name, r.list(name))
	}
	r.report(name)
}

func (r *registrar) list(name string) []Binding {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Binding
	for _, b := range r.bound[name] {
		all = append(all, *b)
	}
	return all
}

// report tells a change of whether an extension can be reached.
func (r *registrar) report(name string) {
	r.telling.Lock()
	defer r.telling.Unlock()
	up := len(r.places(name)) > 0
	if up == r.told[name] {
		return
	}
	if r.told[name] = up; !up {
		delete(r.told, name)
	}
	r.s.log.Info("desk phone", "extension", name, "reachable", up)
	if r.s.o.OnExtension != nil {
		r.s.o.OnExtension(name, up)
	}
}

// places are the bindings that a call goes to, the newest first.
func (r *registrar) places(name string) []*Binding {
	now := r.s.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []*Binding
	for _, b := range slices.Backward(r.bound[name]) {
		if b.Expires.After(now) && b.silent < silentMost {
			place := *b
			all = append(all, &place)
		}
	}
	return all
}

// flowLost drops what was registered over a connection that is closed.
func (r *registrar) flowLost(network string, source netip.AddrPort) {
	if name := r.at(network, source); name != "" {
		r.keep(name, func(b *Binding) bool { return b.Network != network || b.Source != source })
	}
}

// onRegister takes a REGISTER (section 10.3).
func (r *registrar) onRegister(req *sip.Request, tx *sip.ServerTx) {
	s := r.s
	from, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		tx.Terminate()
		return
	}
	from = unmapPort(from)
	who, ok := s.identify(req, tx, from)
	if !ok {
		return
	}
	if who.phone == nil || userOf(req.To().Address) != who.phone.Name {
		s.noteSecurity("registration", claimed(req), from.Addr(), refusedPlace)
		_ = tx.Respond(s.response(req, 403, "", nil))
		return
	}
	res := r.register(who.phone.Name, req, from)
	if res.StatusCode != 200 && res.StatusCode != 423 {
		s.noteSecurity("registration", who.phone.Name, from.Addr(), fmt.Sprintf("%d %s", res.StatusCode, res.Reason))
	}
	_ = tx.Respond(res)
}

var (
	errTooBrief = errors.New("the interval is too brief")
	errContacts = errors.New("bad contacts")
	errOrder    = errors.New("out of order")
	errTooMany  = errors.New("too many contacts")
)

// register changes an extension's bindings, all or none, and makes the answer.
func (r *registrar) register(name string, req *sip.Request, from netip.AddrPort) *sip.Response {
	s := r.s
	if unknown := unsupported(req, "path"); unknown != "" {
		res := s.response(req, 420, "", nil)
		res.AppendHeader(sip.NewHeader("Unsupported", unknown))
		return res
	}
	asked, all, err := readContacts(req, from)
	if err == nil && (all || len(asked) > 0) {
		err = r.update(name, req, asked, all)
	}
	switch {
	case errors.Is(err, errTooBrief):
		res := s.response(req, 423, "Interval Too Brief", nil)
		res.AppendHeader(sip.NewHeader("Min-Expires", seconds(bindLeast)))
		return res
	case errors.Is(err, errOrder):
		return s.response(req, 500, "Out Of Order", nil)
	case errors.Is(err, errTooMany):
		return s.response(req, 403, "Too Many Contacts", nil)
	case err != nil:
		return s.response(req, 400, "Bad Contact", nil)
	}
	return r.answer(name, req)
}

// asking is one contact of a REGISTER.
type asking struct {
	Binding
	life time.Duration // 0: remove it
}

// readContacts reads what a REGISTER wants. all means "Contact: *".
func readContacts(req *sip.Request, from netip.AddrPort) (list []asking, all bool, err error) {
	usual := bindDefault
	expires := req.GetHeaders("Expires")
	if len(expires) > 0 {
		usual = readExpires(expires[0].Value())
	}
	path, err := readPath(req)
	if err != nil {
		return nil, false, err
	}
	headers := req.GetHeaders("Contact")
	if len(headers) > maxBindings {
		return nil, false, errTooMany
	}
	for _, h := range headers {
		ct, ok := h.(*sip.ContactHeader)
		if !ok {
			return nil, false, errContacts
		}
		if ct.Address.Wildcard {
			if len(headers) > 1 || usual != 0 || len(expires) == 0 {
				return nil, false, errContacts // section 10.3 step 6
			}
			return nil, true, nil
		}
		a, err := readContact(ct, usual)
		if err != nil {
			return nil, false, err
		}
		a.Path, a.Network, a.Source = path, sip.NetworkToUpper(req.Transport()), from
		a.CallID, a.CSeq = req.CallID().Value(), req.CSeq().SeqNo
		if hs := req.GetHeaders("User-Agent"); len(hs) > 0 {
			a.Agent = clip(cleanText(hs[0].Value()), 64)
		}
		if a.Network != "UDP" {
			a.life = min(a.life, bindMostStream)
		}
		list = append(list, a)
	}
	return list, false, nil
}

func readContact(ct *sip.ContactHeader, usual time.Duration) (asking, error) {
	a := asking{life: usual}
	uri := ct.Address.Clone()
	uri.Headers = nil
	a.Contact = uri.String()
	if !sipScheme(uri.Scheme) || uri.Host == "" || len(a.Contact) > maxContact || control(a.Contact) {
		return a, errContacts
	}
	var again sip.Uri
	if sip.ParseUri(a.Contact, &again) != nil {
		return a, errContacts
	}
	for _, p := range ct.Params {
		switch strings.ToLower(p.K) {
		case "expires":
			a.life = readExpires(p.V)
		case "+sip.instance":
			if len(p.V) <= 128 {
				a.Instance = cleanText(p.V)
			}
		case "reg-id":
			if len(p.V) <= 16 {
				a.Flow = cleanText(p.V)
			}
		}
	}
	if a.life > 0 && a.life < bindLeast {
		return a, errTooBrief
	}
	a.life = min(a.life, bindMost)
	return a, nil
}

// readExpires reads a time in seconds; what is malformed is 3600 (section
// 10.2.1.1).
func readExpires(text string) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return bindDefault
	}
	return time.Duration(n) * time.Second
}

// readPath reads the proxies that stand between (RFC 3327).
func readPath(req *sip.Request) (path []string, err error) {
	for _, h := range req.GetHeaders("Path") {
		for v := range strings.SplitSeq(h.Value(), ",") {
			text, ok := strings.CutPrefix(strings.TrimSpace(v), "<")
			text, _, closed := strings.Cut(text, ">")
			var uri sip.Uri
			if !ok || !closed || len(text) > maxContact || control(text) || len(path) == maxPath ||
				sip.ParseUri(text, &uri) != nil || !sipScheme(uri.Scheme) || uri.Host == "" {
				return nil, errContacts
			}
			path = append(path, text)
		}
	}
	return path, nil
}

// update does section 10.3 step 7.
func (r *registrar) update(name string, req *sip.Request, asked []asking, all bool) error {
	now := r.s.now()
	r.mu.Lock()
	list := make([]*Binding, 0, len(r.bound[name])+len(asked))
	for _, b := range r.bound[name] {
		if b.Expires.After(now) {
			list = append(list, b)
		}
	}
	id, seq := req.CallID().Value(), req.CSeq().SeqNo
	for _, b := range list {
		touched := all || slices.ContainsFunc(asked, func(a asking) bool { return a.same(b) })
		if touched && b.CallID == id && b.CSeq >= seq {
			r.mu.Unlock()
			return errOrder
		}
	}
	if all {
		list = nil
	}
	for _, a := range asked {
		list = slices.DeleteFunc(list, func(b *Binding) bool { return a.same(b) })
		if a.life > 0 {
			b := a.Binding
			b.Expires = now.Add(a.life)
			list = append(list, &b)
		}
	}
	for len(list) > maxBindings {
		list = makeWay(list)
	}
	r.put(name, list)
	r.mu.Unlock()
	r.s.doorOf(req.Transport()).proved(sourceOf(req))
	r.changed(name)
	return nil
}

// makeWay drops the place that is most likely dead: the one that has left most
// OPTIONS without an answer, else the oldest. The last one is the newcomer.
func makeWay(list []*Binding) []*Binding {
	worst := 0
	for i, b := range list[:len(list)-1] {
		if b.silent > list[worst].silent {
			worst = i
		}
	}
	return slices.Delete(list, worst, worst+1)
}

// same reports whether a contact takes the place of a binding: it is the same
// address, the same way of the same device (RFC 5626 section 6), or what comes
// from the same place after a restart, which begins another Call-ID. Behind an
// edge proxy (Path) many devices share a place.
func (a *asking) same(b *Binding) bool {
	if a.Contact == b.Contact {
		return true
	}
	if a.Instance != "" && b.Instance != "" {
		return a.Instance == b.Instance && a.Flow == b.Flow
	}
	return a.life > 0 && a.Network == b.Network && a.Source == b.Source && a.CallID != b.CallID &&
		len(a.Path)+len(b.Path) == 0
}

// answer lists the bindings (section 10.3 step 8).
func (r *registrar) answer(name string, req *sip.Request) *sip.Response {
	now := r.s.now()
	res := r.s.response(req, 200, "", nil)
	for _, b := range r.list(name) {
		left := b.Expires.Sub(now)
		if left <= 0 {
			continue
		}
		value := "<" + b.Contact + ">;expires=" + strconv.Itoa(int((left+time.Second-1)/time.Second))
		if b.Instance != "" {
			value += ";+sip.instance=" + digest.Quote(strings.Trim(b.Instance, `"`))
		}
		if b.Flow != "" {
			value += ";reg-id=" + b.Flow
		}
		res.AppendHeader(sip.NewHeader("Contact", value))
	}
	if hasToken(req, "path", "Supported", "k") {
		sip.CopyHeaders("Path", req, res)
	}
	res.AppendHeader(sip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")))
	return res
}
