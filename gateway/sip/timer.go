package sip

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// sessionTimer keeps a session alive, or notices that it is not (RFC 4028).
type sessionTimer struct {
	interval time.Duration // 0: none was agreed on
	ours     bool          // we refresh
	update   bool          // by UPDATE, else by re-INVITE
	timer    *time.Timer
}

// expiry is a Session-Expires header.
type expiry struct {
	interval  time.Duration
	refresher string // "uac", "uas" or ""
}

func sessionExpires(m sip.Message) (expiry, bool) {
	hs := append(m.GetHeaders("Session-Expires"), m.GetHeaders("x")...)
	if len(hs) == 0 {
		return expiry{}, false
	}
	value, params, _ := strings.Cut(hs[0].Value(), ";")
	d, ok := parseSeconds(value)
	if !ok {
		return expiry{}, false
	}
	e := expiry{interval: d}
	for p := range strings.SplitSeq(params, ";") {
		name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
		if strings.EqualFold(strings.TrimSpace(name), "refresher") {
			e.refresher = strings.ToLower(strings.TrimSpace(v))
		}
	}
	return e, true
}

// parseSeconds reads a number of seconds, up to a day and a half or so.
func parseSeconds(s string) (time.Duration, bool) {
	s, _, _ = strings.Cut(s, ";")
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil || n == 0 {
		return 0, false
	}
	return time.Duration(min(n, 1<<17)) * time.Second, true
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(max(d/time.Second, 1)), 10) }

// ask puts the wish into an INVITE.
func (t *sessionTimer) ask(c *Call, req *sip.Request, least time.Duration) {
	want := c.s.o.SessionExpires
	if want < 0 {
		return
	}
	least = max(least, c.s.o.MinSE)
	req.AppendHeader(sip.NewHeader("Session-Expires", seconds(max(want, least))))
	req.AppendHeader(sip.NewHeader("Min-SE", seconds(least)))
}

// asClient takes what the 2xx says (section 7.2).
func (t *sessionTimer) asClient(c *Call, res *sip.Response) {
	t.stop()
	t.interval = 0
	t.update = hasToken(res, "UPDATE", "Allow")
	if se, ok := sessionExpires(res); ok {
		t.start(c, se.interval, se.refresher != "uas")
	}
}

// asServer decides, writes it into the 2xx and starts (section 9). Who asks
// refreshes, unless it asks us to.
func (t *sessionTimer) asServer(c *Call, req *sip.Request, res *sip.Response) {
	t.stop()
	t.interval = 0
	t.update = hasToken(req, "UPDATE", "Allow")
	se, ok := sessionExpires(req)
	supports := hasToken(req, "timer", "Supported", "k", "Require")
	switch {
	case !ok && (!supports || c.s.o.SessionExpires < 0):
		return
	case !ok:
		se = expiry{interval: c.s.o.SessionExpires}
	case c.s.o.SessionExpires > 0 && se.interval > c.s.o.SessionExpires:
		se.interval = max(c.s.o.SessionExpires, minSE(req)) // it may be lowered, but not below the caller's Min-SE
	}
	if se.refresher == "" {
		se.refresher = "uac"
	}
	if !supports {
		se.refresher = "uas"
	}
	res.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprintf("%s;refresher=%s", seconds(se.interval), se.refresher)))
	if se.refresher == "uac" {
		res.AppendHeader(sip.NewHeader("Require", "timer"))
	}
	t.start(c, se.interval, se.refresher == "uas")
}

func minSE(m sip.Message) time.Duration {
	for _, h := range m.GetHeaders("Min-SE") {
		if d, ok := parseSeconds(h.Value()); ok {
			return d
		}
	}
	return 0
}

// start waits for half the interval to refresh, or almost all of it for the
// far side's refresh (section 10).
func (t *sessionTimer) start(c *Call, interval time.Duration, ours bool) {
	t.stop()
	t.interval, t.ours = interval, ours
	if ours {
		t.timer = c.after(interval/2, func() { t.refresh(c) })
		return
	}
	t.timer = c.after(interval-min(32*time.Second, interval/3), func() {
		if c.st == stConfirmed || c.st == stAccepted {
			c.hangup(Event{ByRemote: true, Code: 408, Text: "the session timer has run out"})
		}
	})
}

func (t *sessionTimer) stop() {
	stop(t.timer)
	t.timer = nil
}

// refresh sends UPDATE if the far side takes it, else re-INVITE.
func (t *sessionTimer) refresh(c *Call) {
	if c.st != stConfirmed {
		return
	}
	if c.ind.pending != nil { // it refreshes too
		return
	}
	method := sip.INVITE
	if t.update {
		method = sip.UPDATE
	}
	c.reoffer(method, func(err error) {
		if err != nil && !c.over {
			c.s.log.Debug("SIP session refresh was refused", "call", c.id, "error", err)
			t.timer = c.after(t.interval/2-min(32*time.Second, t.interval/3), func() {
				if c.st == stConfirmed {
					c.hangup(Event{ByRemote: true, Code: 408, Text: "the session timer has run out"})
				}
			})
		}
	})
}

// refreshing puts the timer into a re-INVITE or UPDATE; who refreshes stays.
func (t *sessionTimer) refreshing(c *Call, req *sip.Request) {
	if t.interval == 0 {
		return
	}
	refresher := "uas" // roles are those of this transaction
	if t.ours {
		refresher = "uac"
	}
	req.AppendHeader(sip.NewHeader("Session-Expires", fmt.Sprintf("%s;refresher=%s", seconds(t.interval), refresher)))
	req.AppendHeader(sip.NewHeader("Min-SE", seconds(c.s.o.MinSE)))
}

// refreshed begins the interval anew.
func (t *sessionTimer) refreshed(c *Call, res *sip.Response) {
	if se, ok := sessionExpires(res); ok {
		t.start(c, se.interval, se.refresher != "uas")
		return
	}
	if t.interval > 0 {
		t.start(c, t.interval, t.ours)
	}
}
