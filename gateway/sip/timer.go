package sip

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// sessionTimer keeps a session alive, or notices that it is not (RFC 4028).
type sessionTimer struct {
	interval time.Duration // 0: none was agreed on
	least    time.Duration // that the far side has asked for, by 422
	ours     bool          // we refresh
	update   bool          // by UPDATE, else by re-INVITE
	switched bool          // to the other method, which is not known to work
	tries    int           // refreshes since the last that worked
	until    time.Time     // when the session runs out
	timer    *time.Timer   // until the next refresh
	end      *time.Timer   // until the session runs out
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
			switch v = strings.ToLower(strings.Trim(v, " \t\"")); v {
			case "uac", "uas":
				e.refresher = v
			}
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
func (t *sessionTimer) ask(c *Call, req *sip.Request) {
	want := c.s.o.SessionExpires
	if want < 0 {
		return
	}
	least := max(t.least, c.s.o.MinSE)
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
	res.AppendHeader(sip.NewHeader("Session-Expires",
		fmt.Sprintf("%s;refresher=%s", seconds(se.interval), se.refresher)))
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

// start waits for half the interval to refresh. Either side ends the session a
// while before it runs out (section 10).
func (t *sessionTimer) start(c *Call, interval time.Duration, ours bool) {
	t.stop()
	t.interval, t.ours, t.tries, t.switched = interval, ours, 0, false
	wait := interval - min(32*time.Second, interval/3)
	t.until = time.Now().Add(wait)
	t.end = c.after(wait, func() {
		if c.st == stConfirmed || c.st == stAccepted {
			c.hangup(Event{ByRemote: true, Code: 408, Text: "the session timer has run out"})
		}
	})
	if ours {
		t.timer = c.after(interval/2, func() { t.refresh(c) })
	}
}

func (t *sessionTimer) stop() {
	stop(t.timer)
	stop(t.end)
	t.timer, t.end = nil, nil
}

// refreshTries bounds the refreshes of one interval.
const refreshTries = 10

// refresh sends UPDATE if the far side takes it, else re-INVITE.
func (t *sessionTimer) refresh(c *Call) {
	if c.st != stConfirmed || c.ind.pending != nil {
		t.again(c, 0) // perhaps what is under way refreshes too
		return
	}
	t.tries++
	method := sip.INVITE
	if t.update {
		method = sip.UPDATE
	}
	c.reoffer(method, func(err error) {
		if err != nil && !c.over {
			t.refused(c, err)
		}
	})
}

// refused reads why a refresh was refused. The session lives on until it has
// run out, so there is another try before that: by the other method where this
// one is not known or not acceptable (RFC 3311 section 5.1, RFC 4028 section
// 7.4), when the far side says, or halfway.
func (t *sessionTimer) refused(c *Call, err error) {
	c.s.log.Debug("SIP session refresh was refused", "call", c.id, "error", err)
	var r *refusal
	if !errors.As(err, &r) {
		t.again(c, 0)
		return
	}
	switch r.code {
	case 405, 415, 420, 488, 501, 606:
		if !t.switched {
			t.switched, t.update = true, !t.update
			t.refresh(c)
			return
		}
	}
	t.again(c, r.after)
}

// again refreshes once more, after a while that leaves time for it.
func (t *sessionTimer) again(c *Call, after time.Duration) {
	left := time.Until(t.until)
	if t.interval == 0 || t.tries >= refreshTries || left <= 0 {
		return
	}
	if after <= 0 {
		after = left / 2
	}
	stop(t.timer)
	t.timer = c.after(t.within(after), func() { t.refresh(c) })
}

// within shortens a wait to one after which the session is still there.
func (t *sessionTimer) within(wait time.Duration) time.Duration {
	if left := time.Until(t.until); t.interval > 0 && wait > left*9/10 {
		return left / 2
	}
	return wait
}

// tooSmall takes a 422. It reports whether the interval became larger.
func (t *sessionTimer) tooSmall(res *sip.Response) bool {
	least := minSE(res)
	if least <= max(t.least, t.interval) {
		return false
	}
	t.least = least
	return true
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
	req.AppendHeader(sip.NewHeader("Session-Expires",
		fmt.Sprintf("%s;refresher=%s", seconds(max(t.interval, t.least)), refresher)))
	req.AppendHeader(sip.NewHeader("Min-SE", seconds(max(t.least, c.s.o.MinSE))))
}

// refreshed begins the interval anew. A far side that leaves Session-Expires
// out knows no timer, so we go on with it alone (section 7.2).
func (t *sessionTimer) refreshed(c *Call, res *sip.Response) {
	if se, ok := sessionExpires(res); ok {
		t.start(c, se.interval, se.refresher != "uas")
		return
	}
	if t.interval > 0 {
		t.start(c, max(t.interval, t.least), true)
	}
}

// retryAfter is how long a response asks to wait (RFC 3261 section 20.33).
func retryAfter(res *sip.Response) time.Duration {
	for _, v := range values(res, "Retry-After") {
		v, _, _ = strings.Cut(v, "(")
		if d, ok := parseSeconds(v); ok {
			return d
		}
	}
	return 0
}
