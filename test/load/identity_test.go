package load

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/auth"
	"tccc/gateway/store"
	"tccc/test/harness"
	"tccc/wire"
)

// TestIdentity loads the SDK in each way that pages give the identity. The
// customer's site is of another origin than the gateway.
func TestIdentity(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	bare := func(l harness.Login) string { return l.SDKURL[:strings.IndexByte(l.SDKURL, '?')] }
	for name, load := range map[string]func(l harness.Login) (src string, attributes map[string]string){
		"query": func(l harness.Login) (string, map[string]string) { return l.SDKURL, nil },
		"query with crossorigin": func(l harness.Login) (string, map[string]string) {
			return l.SDKURL, map[string]string{"crossorigin": "anonymous"}
		},
		"attributes": func(l harness.Login) (string, map[string]string) {
			return bare(l), map[string]string{"data-token": l.Token, "data-sdk-app-id": l.SDKAppID,
				"data-userid": l.UserID}
		},
		"attributes with crossorigin": func(l harness.Login) (string, map[string]string) {
			return bare(l), map[string]string{"crossorigin": "anonymous", "data-token": l.Token,
				"data-sdk-app-id": l.SDKAppID}
		},
		"both, with a wrong user id": func(l harness.Login) (string, map[string]string) {
			return l.SDKURL, map[string]string{"data-token": l.Token, "data-sdk-app-id": l.SDKAppID,
				"data-userid": "b1946ac9-2492-4d23", "id": "tccc-web"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := g.Login(t, "agent1@demo")
			u, err := url.Parse(l.SDKURL)
			require.NoError(t, err)
			assert.Equal(t, "/sdk/tcccSdk.js", u.Path)
			assert.Equal(t, []string{l.SDKAppID, l.Token, l.UserID},
				[]string{u.Query().Get("sdkAppId"), u.Query().Get("token"), u.Query().Get("userid")})
			p := harness.Blank(t)
			src, attributes := load(l)
			p.Load(src, attributes)
			assert.Equal(t, "free", p.Await("ready").Status)
			assert.Equal(t, "free", harness.Eval[string](p, "tccc.Agent.getStatus()"))
		})
	}
}

// TestInlineTag is the tag in the page's own HTML.
func TestInlineTag(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	site := harness.CustomerSite()
	for name, html := range map[string]string{
		"in the head": `<!doctype html><head><script src="%" onload="harness.record()"></script></head><body></body>`,
		"in the body": `<!doctype html><body><script src="%" onload="harness.record()"></script></body>`,
		"deferred":    `<!doctype html><head><script defer src="%" onload="harness.record()"></script></head><body></body>`,
	} {
		t.Run(name, func(t *testing.T) {
			src := strings.ReplaceAll(g.Login(t, "agent1@demo").SDKURL, "&", "&amp;")
			p := harness.NewPage(t, site.Origin+site.Page(strings.ReplaceAll(html, "%", src), ""))
			p.Await("ready")
			assert.True(t, harness.Eval[bool](p,
				"document.getElementById('tcccSdkDomRoot').parentNode === document.body"))
		})
	}
}

// TestBadTokens: a token that is no good is told as one whose time is over is,
// since the cure is the same, and then as the error that it is.
func TestBadTokens(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	l := g.Login(t, "agent1@demo")
	for name, token := range map[string]string{
		"unknown": strings.Repeat("0", 32), "empty": "", "not hex": "zz", "long": strings.Repeat("f", 4000),
	} {
		t.Run(name, func(t *testing.T) {
			p := harness.Blank(t)
			p.Load(strings.Replace(l.SDKURL, l.Token, token, 1), nil)
			expired := p.Await("tokenExpired")
			assert.NotEmpty(t, expired.Text("message"), "pages destructure the payload")
			e := p.Await("error", "code", wire.ErrTokenInvalid.Code)
			assert.NotEmpty(t, e.Text("remedy"))
			names := p.Names()
			assert.Less(t, slices.Index(names, "tokenExpired"), slices.Index(names, "error"), "%v", names)
			assert.NotContains(t, names, "ready")
			assert.Equal(t, "offline", harness.Eval[string](p, "tccc.Agent.getStatus()"))
			assert.Equal(t, wire.ErrTokenInvalid.Code, p.Fail("tccc.Agent.setStatus({status: 'free'})").Code)
		})
	}
}

// TestTokenExpired loads the SDK with a token that the gateway issued eleven
// minutes ago.
func TestTokenExpired(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	fresh := g.Login(t, "agent1@demo")
	g.Stop()
	token := oldToken(t, g.Data, fresh, 11*time.Minute)
	g.Restart()

	p := harness.Blank(t)
	p.Load(strings.Replace(fresh.SDKURL, fresh.Token, token, 1), nil)
	e := p.Await("tokenExpired")
	assert.NotEmpty(t, e.Text("message"), "pages destructure the payload")
	assert.NotContains(t, p.Names(), "ready")
	assert.Equal(t, wire.ErrTokenExpired.Code, p.Fail("tccc.Call.startOutboundCall({phoneNumber: '10086'})").Code)

	// A new token, and the page goes on.
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
}

// oldToken issues a token in the store of a gateway that is stopped, as of some time ago.
func oldToken(t *testing.T, data string, l harness.Login, ago time.Duration) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	s, err := store.Open(ctx, store.Options{Dir: data, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close(ctx)) }()
	a, err := auth.New(ctx, s, auth.Options{Now: func() time.Time { return time.Now().Add(-ago) }})
	require.NoError(t, err)
	token, err := a.Issue(ctx, l.SDKAppID, l.UserID, false)
	require.NoError(t, err)
	return token.Value
}

// TestBeforeReady makes calls while the program is still loading.
func TestBeforeReady(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Blank(t)
	p.Run(`void (harness.onload = () => {
		window.early = harness.caught(tccc.Agent.setStatus({ status: 'notReady' }));
		window.bad = harness.caught(tccc.Agent.setStatus({ status: 'busy' }));
		window.nobody = harness.caught(tccc.Call.accept({ sessionId: 'nobody' }));
		tccc.on('ready', () => { window.dialled = harness.caught(tccc.Call.startOutboundCall({ phoneNumber: '10086' })); });
	})`)
	p.Load(g.Login(t, "agent1@demo").SDKURL, nil)
	p.Await("ready")
	p.AwaitTrue("window.dialled")
	early := harness.Eval[harness.Outcome](p, "early")
	assert.Nil(t, early.Rejected, "%+v", early.Rejected)
	assert.Equal(t, wire.ErrInvalidStatus.Code, harness.Eval[harness.Outcome](p, "bad").Rejected.Code)
	// whether it waited for the login is not promised
	nobody := harness.Eval[harness.Outcome](p, "nobody").Rejected.Code
	assert.Contains(t, []int{wire.ErrSessionNotFound.Code, wire.ErrNotLoggedIn.Code}, nobody)
	// The flow of several real pages: dial from the ready handler.
	dialled := harness.Eval[harness.Outcome](p, "dialled")
	require.Nil(t, dialled.Rejected, "%+v", dialled.Rejected)
	p.Await("calloutAccepted")
}
