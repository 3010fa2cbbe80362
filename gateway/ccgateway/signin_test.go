package ccgateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

func TestSignInAndOut(t *testing.T) {
	w := newWorld(t, nil)
	r := w.do(http.MethodPut, "onlineagent/101", "", credentials(""))
	require.Equal(t, http.StatusOK, r.status)
	require.Equal(t, CodeOK, r.RetCode)
	assert.JSONEq(t, fmt.Sprintf(`{"vdnid":1,"workno":"101","mediatype":"TFF","loginTime":"%d","isForceChange":"false",
		"serverName":"AgentGateway","timeRemaining":""}`, w.clock.Now().UnixMilli()), string(r.Result))
	assert.Regexp(t, regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.AgentGateway1$`), guidIn(t, r))
	assert.Equal(t, wire.StatusFree, w.state("agent1@demo").Status)
	assert.True(t, w.info("agent1@demo").Present)

	f := &front{w, "101", guidIn(t, r)}
	f.awaits(eventInService, eventReady)
	require.Equal(t, CodeOK, f.do(http.MethodDelete, "logout").RetCode)
	assert.Equal(t, wire.StatusOffline, w.state("agent1@demo").Status)
	assert.Equal(t, CodeNotSignedIn, f.poll().RetCode)
	assert.Equal(t, CodeNotSignedIn, f.do(http.MethodDelete, "logout").RetCode)
	w.signIn("101", "")
}

// Some clients look for the header by its exact name.
func TestHeaderIsSpelledSetGUID(t *testing.T) {
	w := newWorld(t, nil)
	rec := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodPut, Prefix+"onlineagent/101", strings.NewReader(credentials("")))
	w.handler.ServeHTTP(rec, req)
	require.Len(t, rec.Header()["Set-GUID"], 1) //nolint:staticcheck // on purpose not canonical
	text, found := strings.CutPrefix(rec.Header()["Set-GUID"][0], "JSESSIONID=")
	require.True(t, found)
	assert.NotContains(t, text, "=")
	assert.NotContains(t, text, ":")
	assert.NotContains(t, rec.Header(), "Set-Guid")
}

func TestSignInIsRefused(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.Agents[4].Password = config.Secret{} })
	w.signIn("102", "")
	for name, c := range map[string]struct {
		path, body string
		want       Code
	}{
		"wrong password":           {"101", `{"password":"nonsense","phonenum":"1"}`, CodeWrongPassword},
		"unknown agent":            {"999", credentials(""), CodeWrongPassword},
		"agent without a password": {"105", credentials(""), CodeWrongPassword},
		"below the range":          {"100", credentials(""), CodeSignInEmpty},
		"above the range":          {"1000000", credentials(""), CodeSignInEmpty},
		"not a number":             {"agent1@demo", credentials(""), CodeSignInEmpty},
		"leading zero":             {"0101", credentials(""), CodeSignInEmpty},
		"no body":                  {"101", ``, CodeSignInEmpty},
		"not JSON":                 {"101", `password=x`, CodeSignInEmpty},
		"not an object":            {"101", `["x"]`, CodeSignInEmpty},
		"null":                     {"101", `null`, CodeSignInEmpty},
		"no password":              {"101", `{"phonenum":"1"}`, CodeSignInEmpty},
		"password is an object":    {"101", `{"password":{}}`, CodeSignInEmpty},
		"phonenum is too long": {"101", fmt.Sprintf(`{"password":%q,"phonenum":"%025d"}`, password, 1),
			CodeSignInEmpty},
		"body is too long": {"101", credentials(`,"x":"` + strings.Repeat("x", maxBody) + `"`),
			CodeSignInEmpty},
		"status":     {"101", fmt.Sprintf(`{"password":%q,"status":7}`, password), CodeSignInInvalid},
		"agent type": {"101", fmt.Sprintf(`{"password":%q,"agenttype":"pc"}`, password), CodeAgentType},
		"event push": {"101", credentials(`,"callBackUri":"http://x","serviceToken":"y"`),
			CodeSignInInvalid},
		"signed in already": {"102", credentials(""), CodeAlreadySignedIn},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variant := range []string{"", "/loginex", "/forcelogin"} {
				if c.want == CodeAlreadySignedIn && variant == "/forcelogin" {
					continue
				}
				r := w.do(http.MethodPut, "onlineagent/"+c.path+variant, "", c.body)
				assert.Equal(t, http.StatusOK, r.status)
				assert.Equal(t, c.want, r.RetCode, r.Message)
				assert.NotEmpty(t, r.Message)
				assert.Empty(t, r.header.Get("Set-Guid"))
			}
		})
		w.clock.advance(time.Minute) // forgets the wrong passwords
		w.handler.desk("102").mu.Lock()
		w.handler.desk("102").breakSilence()
		w.handler.desk("102").mu.Unlock()
	}
	assert.Equal(t, wire.StatusOffline, w.state("agent1@demo").Status)
}

func TestSignInTakesNumbersAndBooleansInBothForms(t *testing.T) {
	w := newWorld(t, func(_ *Options, a *config.App) { a.Agents[0].Password = config.NewSecret("4711") })
	for i, body := range []string{
		`{"password":4711,"phonenum":40038,"autoanswer":true,"autoenteridle":false,"status":5,"agenttype":4}`,
		`{"password":"4711","phonenum":"40038","autoanswer":"true","autoenteridle":"false","status":"5","agenttype":"4","callBackUri":null}`,
	} {
		r := w.do(http.MethodPut, "onlineagent/101/forcelogin", "", body)
		require.Equal(t, CodeOK, r.RetCode, r.Message)
		assert.Equal(t, wire.StatusArrange, w.state("agent1@demo").Status, "%d", i)
		d := w.handler.desk("101")
		assert.True(t, d.autoAnswer)
		require.NotNil(t, d.autoIdle)
		assert.False(t, *d.autoIdle)
		f := &front{w, "101", guidIn(t, r)}
		assert.Equal(t, eventInService, f.poll().Event.EventType)
		f.post("syncagentinfo") // clears the queue
	}
}

func TestForcedSignInEndsTheOneBefore(t *testing.T) {
	w := newWorld(t, nil)
	old := w.ready("101", "")
	answered := make(chan reply, 1)
	go func() { answered <- old.poll() }()
	w.awaitPolls("101", 1)

	r := w.do(http.MethodPut, "onlineagent/101/forcelogin", "", credentials(""))
	require.Equal(t, CodeOK, r.RetCode)
	assert.Equal(t, CodeNoPermission, (<-answered).RetCode)
	assert.Equal(t, CodeNoPermission, old.post("sayfree").RetCode)

	f := &front{w, "101", guidIn(t, r)}
	f.awaits(eventInService, eventReady)
	f.ok("saybusy")
	f.awaits(eventSetNotReady)
	assert.True(t, w.info("agent1@demo").Present, "the first sign-in's end does not take the second's place")
}

// Sign-ins, sign-outs and other requests at the same time leave the agent
// either signed in and present, or neither.
func TestSignInsAtTheSameTime(t *testing.T) {
	w := newWorld(t, nil)
	var crowd sync.WaitGroup
	for range 4 {
		crowd.Go(func() {
			for range 10 {
				r := w.do(http.MethodPut, "onlineagent/101/forcelogin", "", credentials(""))
				if r.RetCode != CodeOK {
					assert.Contains(t, []Code{CodeRepeated, CodeWrongPassword}, r.RetCode, r.Message)
					continue
				}
				f := &front{w, "101", guidIn(t, r)}
				for _, name := range []string{"saybusy", "syncagentinfo", "sayfree"} {
					assert.Contains(t, []Code{CodeOK, CodeNoPermission, CodeNotSignedIn, CodeSignedOut},
						f.post(name).RetCode, name)
				}
				assert.Contains(t, []Code{CodeOK, CodeNoPermission, CodeNotSignedIn, CodeSignedOut, CodeRepeated},
					f.do(http.MethodDelete, "logout").RetCode)
			}
		})
	}
	crowd.Wait()
	w.handler.work.Wait()
	assert.Equal(t, w.handler.desk("101") != nil, w.info("agent1@demo").Present)
	w.handler.Close()
	assert.Zero(t, w.clock.waits())
}

func TestWrapTakesEmptySegments(t *testing.T) {
	w := newWorld(t, nil)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusTeapot) })
	for path, want := range map[string]int{
		"/agentgateway/resource//onlineagent/101": http.StatusOK, "/agentgateway/other": http.StatusTeapot,
		"/": http.StatusTeapot,
	} {
		rec := httptest.NewRecorder()
		w.handler.Wrap(mux).ServeHTTP(rec,
			httptest.NewRequest(http.MethodPut, path, strings.NewReader(credentials(""))))
		assert.Equal(t, want, rec.Code, path)
	}
	assert.NotNil(t, w.handler.desk("101"))
}

func TestSignInFromRestStartsIdle(t *testing.T) {
	w := newWorld(t, nil)
	p := w.sdk("agent1@demo")
	p.ok(wire.MethodSetStatus, wire.SetStatusParams{Status: "rest"})
	f := w.signIn("101", "")
	f.awaits(eventInService, eventReady)
	assert.Equal(t, deskRest, f.sync().LastState)
}

func TestGuidIsAskedFor(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *config.App) { o.GuidTTL = time.Hour })
	a, b := w.ready("101", ""), w.ready("102", "")
	for _, guid := range []string{"", "x", b.guid, strings.ToUpper(a.guid), a.guid[:len(a.guid)-1]} {
		r := w.do(http.MethodPost, "onlineagent/101/sayfree", guid, "")
		assert.Equal(t, CodeNoPermission, r.RetCode, "%q", guid)
		assert.Equal(t, CodeNoPermission, w.do(http.MethodGet, "agentevent/101", guid, "").RetCode)
		assert.Equal(t, CodeNoPermission, w.do(http.MethodDelete, "onlineagent/101/logout", guid, "").RetCode)
	}
	assert.Equal(t, CodeOK, w.do(http.MethodPost, "onlineagent/101/sayfree", "JSESSIONID="+a.guid, "").RetCode)
	assert.Equal(t, CodeNotSignedIn, w.do(http.MethodPost, "onlineagent/103/sayfree", a.guid, "").RetCode)

	for range 61 { // polls keep the agent signed in, the Guid expires all the same
		w.clock.advance(time.Minute)
		a.keep(t)
	}
	assert.Equal(t, CodeNoPermission, a.post("sayfree").RetCode)
}

// keep has the agent stay signed in without the Guid.
func (f *front) keep(t *testing.T) {
	t.Helper()
	d := f.w.handler.desk(f.workNo)
	require.NotNil(t, d)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.breakSilence()
}

func TestDynamicAuthentication(t *testing.T) {
	w := newWorld(t, func(o *Options, _ *config.App) { o.Auth = Dynamic })
	f := w.signIn("101", "")
	first := f.guid
	r := f.poll()
	require.Equal(t, eventInService, r.Event.EventType)
	second := guidIn(t, r)
	assert.NotEqual(t, first, second)

	f.ok("sayfree") // with the first one: requests may be under way
	f.guid = second
	f.ok("sayfree")
	w.clock.advance(time.Minute)
	f.guid = guidIn(t, f.poll())
	w.clock.advance(time.Minute)
	r = w.do(http.MethodPost, "onlineagent/101/sayfree", first, "")
	assert.Equal(t, CodeNoPermission, r.RetCode, "two minutes after it was replaced")
	assert.Equal(t, CodeOK, w.do(http.MethodPost, "onlineagent/101/sayfree", second, "").RetCode)
	f.ok("sayfree")
}

func TestStaticAuthenticationKeepsTheGuid(t *testing.T) {
	w := newWorld(t, nil)
	f := w.signIn("101", "")
	assert.Empty(t, f.poll().header.Get("Set-Guid"))
}

func TestPasswordsCannotBeTriedAtWill(t *testing.T) {
	w := newWorld(t, nil)
	try := func(password string) reply {
		return w.do(http.MethodPut, "onlineagent/101", "", fmt.Sprintf(`{"password":%q}`, password))
	}
	for range 5 {
		assert.NotContains(t, try("guess").Message, "too many")
	}
	r := try(password)
	assert.Equal(t, CodeWrongPassword, r.RetCode)
	assert.Contains(t, r.Message, "too many")
	w.signIn("102", "") // others are not locked out
	w.clock.advance(13 * time.Second)
	assert.Equal(t, CodeOK, try(password).RetCode)
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	w := newWorld(t, nil)
	for range 20 {
		r := w.do(http.MethodPut, "onlineagent/101/forcelogin", "", credentials(""))
		require.Equal(t, CodeOK, r.RetCode, r.Message)
	}
}

// TestGuessesFromElsewhereLockNobodyOut guesses an agent's password from many
// addresses: where the agent has signed in from, signing in goes on.
func TestGuessesFromElsewhereLockNobodyOut(t *testing.T) {
	g, now := newGuesses(), time.Now()
	right, ok := g.try("101", "192.0.2.1", now)
	require.True(t, ok)
	right()
	guessed := 0
	for i := range 100 {
		if _, ok := g.try("101", fmt.Sprint("198.51.100.", i), now); ok {
			guessed++
		}
	}
	assert.Equal(t, 60, guessed, "all addresses together are bounded")
	right, ok = g.try("101", "192.0.2.1", now)
	require.True(t, ok, "the agent's own address is not concerned")
	right()
	_, ok = g.try("101", "203.0.113.1", now)
	assert.False(t, ok, "a new address waits")
	for range 5 {
		_, ok = g.try("101", "192.0.2.1", now)
		assert.True(t, ok)
	}
	_, ok = g.try("101", "192.0.2.1", now)
	assert.False(t, ok, "guesses from the agent's own address are bounded")
}

func TestKnownAddressesAreBounded(t *testing.T) {
	g := newGuesses()
	for i := range knownMost + 10 {
		g.know(fmt.Sprint(i))
	}
	assert.Len(t, g.known, knownMost)
}

func TestSignInOfACenterThatIsClosed(t *testing.T) {
	w := newWorld(t, nil)
	stopped := New(Options{Center: stoppedCenter{w.center}, App: w.handler.opts.App, Log: w.handler.opts.Log,
		Clock: w.clock})
	defer stopped.Close()
	rec := httptest.NewRecorder()
	stopped.ServeHTTP(rec, httptest.NewRequest(http.MethodPut, Prefix+"onlineagent/101",
		strings.NewReader(credentials(""))))
	var a answer
	require.NoError(t, json.Unmarshal(rec.Body.Bytes(), &a))
	assert.Equal(t, CodeUnavailable, a.RetCode)
	assert.Empty(t, stopped.desks)
	assert.False(t, w.info("agent1@demo").Present)
}
