package demo

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/sip"
	"tccc/test/harness"
	"tccc/web"
)

// openPage opens the phone page in Chromium, under its real policy.
func openPage(t *testing.T, w *world) *harness.Page {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/demo/", Handler(Options{App: config.Demo().App("1400000001"), Phone: w.phone, Log: testLog()}))
	mux.Handle("/", web.Handler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	browser, err := harness.StartBrowser(harness.DevicesNone)
	require.NoError(t, err)
	t.Cleanup(browser.Close)
	p := browser.NewPage(t, server.URL+"/phone.html")
	p.AwaitTrue(`document.getElementById('link').dataset.state === 'on'`)
	return p
}

func TestPageRingsAndTalks(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	require.Equal(t, 1, w.phone.pages.open())

	call := w.dial("13800138000")
	call.await(sip.Ringing)
	p.AwaitTrue(`!document.getElementById('incoming').hidden && document.getElementById('incoming-from').textContent === '4001000001'`)
	p.Run(`document.getElementById('answer').click()`)
	call.await(sip.Answered)
	call.talk(800)
	call.hears(440)
	p.AwaitTrue(`document.getElementById('incoming').hidden && !document.getElementById('active').hidden`)
	p.AwaitTrue(`/^(79[5-9]|80[0-5]) Hz$/.test(document.getElementById('frequency').textContent)`)
	p.AwaitTrue(`Number(document.getElementById('wave').getAttribute('aria-valuenow')) > 50`)
	p.Screenshot("phone-call")

	p.Run(`document.querySelector('#voices input[value=silence]').click()`)
	call.hears(0)
	p.Run(`document.querySelector('#voices input[value=echo]').click()`)
	call.hears(800)
	p.Run(`document.querySelector('#pad button[data-key="7"]').click()`)
	assert.Equal(t, byte('7'), call.await(sip.Digit).Digit)
	require.NoError(t, call.SendDigits(t.Context(), "42#"))
	p.AwaitTrue(`document.getElementById('received').textContent === '42#'`)

	p.Run(`document.getElementById('hangup').click()`)
	assert.True(t, call.await(sip.Ended).ByRemote)
	p.AwaitTrue(`document.getElementById('hangup').hidden && document.getElementById('state').className === 'state ended'`)

	declined := w.dial("13900139000")
	p.AwaitTrue(`!document.getElementById('incoming').hidden`)
	p.Screenshot("phone-incoming")
	p.Run(`document.getElementById('decline').click()`)
	assert.Equal(t, 603, declined.await(sip.Ended).Code)
	p.AwaitTrue(`document.getElementById('incoming').hidden`)
	p.Close()
	require.True(t, eventually(func() bool { return w.phone.pages.open() == 0 }), "a closed page is noticed")
}

func TestPageRingsIn(t *testing.T) {
	w := newWorld(t)
	p := openPage(t, w)
	p.AwaitTrue(`document.getElementById('suggest').children.length === 3`)
	p.Screenshot("phone-idle")
	p.Run(`document.querySelector('#suggest button[data-number="4001000002"]').click()`)
	p.AwaitTrue(`document.getElementById('to').value === '4001000002'`)
	p.Run(`document.getElementById('call').click()`)
	var in *party
	select {
	case c := <-w.calls:
		in = &party{Call: c, w: w}
	case <-time.After(patience):
		require.FailNow(t, "the call did not arrive")
	}
	assert.Equal(t, "4001000002", in.To())
	assert.Equal(t, "13800138000", in.From())
	require.NoError(t, in.Ring())
	p.AwaitTrue(`document.getElementById('state').className === 'state ringing'`)
	require.NoError(t, in.Answer())
	in.await(sip.Answered)
	in.talk(600)
	in.hears(440)
	p.AwaitTrue(`document.getElementById('state').className === 'state talking'`)
	require.NoError(t, in.Hangup())
	p.AwaitTrue(`document.querySelector('#list .row').classList.contains('live') === false`)

	p.Run(`document.getElementById('fresh').click()`)
	p.Run(`document.getElementById('to').value = 'x'; document.getElementById('call').click()`)
	p.AwaitTrue(`!document.getElementById('trouble').hidden`)
	assert.Len(t, w.phone.Calls(), 1)
}
