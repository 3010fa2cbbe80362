package visitor

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/gateway/files"
	"tccc/gateway/session"
	"tccc/gateway/store"
	"tccc/test/harness"
	"tccc/web"
	"tccc/wire"
)

// script is a center of one customer, whose agent and bot are the test's.
type script struct {
	mu       sync.Mutex
	files    *files.Files
	session  *wire.VisitorSession
	started  int
	groups   []string
	messages []wire.Message // of the present session
	watches  map[int]func(wire.Frame)
	watchID  int
	read     uint64
	reads    int // of messages
	typing   []bool
	refuse   *wire.Error // of the next message
}

func (s *script) tell(method string, params any) {
	text, _ := json.Marshal(params)
	for _, f := range s.watches {
		f(wire.Frame{Method: method, Params: text})
	}
}

func (s *script) StartVisit(_ context.Context, _ string, _ session.Customer,
	p wire.VisitorStartParams) (wire.VisitorSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil || s.session.State == wire.VisitorEnded {
		s.started++
		s.messages = nil
		s.groups = append(s.groups, p.SkillGroupID)
		s.session = &wire.VisitorSession{SessionID: fmt.Sprint("chat-", s.started), Type: p.Type,
			State: wire.VisitorBot, StartedAt: time.Now().UnixMilli()}
		s.tell(wire.VisitorNotifySession, s.session)
		s.write(wire.Message{From: wire.FromBot, Type: wire.MessageText, Text: "What is it about?",
			Choices: []string{"An order", "<b>A person</b>"}})
	}
	return *s.session, nil
}

func (s *script) Visits(context.Context, string, string) ([]wire.VisitorSession, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.session == nil {
		return nil, nil
	}
	return []wire.VisitorSession{*s.session}, nil
}

// write adds a message; mu is held.
func (s *script) write(m wire.Message) wire.Message {
	m.SessionID, m.Seq, m.At = s.session.SessionID, uint64(len(s.messages)+1), time.Now().UnixMilli()
	if m.ID == "" {
		m.ID = fmt.Sprint("m", m.Seq)
	}
	s.messages = append(s.messages, m)
	s.session.LastSeq = m.Seq
	s.tell(wire.VisitorNotifyMessage, s.signed(m))
	return m
}

func (s *script) signed(m wire.Message) wire.Message {
	if m.File != nil {
		f := s.files.Sign(*m.File)
		m.File = &f
	}
	return m
}

// agent writes for the agent.
func (s *script) agent(m wire.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.From, m.Name = wire.FromSeat, "Anna <i>Wang</i>"
	if m.Type == "" {
		m.Type = wire.MessageText
	}
	s.write(m)
}

// now changes where the session stands.
func (s *script) now(change func(*wire.VisitorSession)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.session)
	s.tell(wire.VisitorNotifySession, s.session)
}

func (s *script) VisitorSay(ctx context.Context, app, _ string, p wire.SendParams) (wire.Message, error) {
	var file *wire.File
	kind := wire.MessageText
	if p.FileID != "" {
		f, err := s.files.File(ctx, app, p.SessionID, p.FileID)
		if err != nil {
			return wire.Message{}, err
		}
		file, kind = &f, wire.MessageFile
		if strings.HasPrefix(f.MIME, "image/") {
			kind = wire.MessageImage
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refuse; err != nil {
		s.refuse = nil
		return wire.Message{}, err
	}
	for _, m := range s.messages {
		if m.ID == p.ID {
			return s.signed(m), nil
		}
	}
	if s.session.SessionID != p.SessionID || s.session.State == wire.VisitorEnded {
		return wire.Message{}, wire.ErrSessionState
	}
	return s.signed(s.write(wire.Message{ID: p.ID, From: wire.FromClient, Type: kind, Text: p.Text, File: file})), nil
}

func (s *script) VisitorMessages(_ context.Context, _, _ string, p wire.MessagesParams) (wire.MessagesResult, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	from, to := max(0, len(s.messages)-p.Limit), len(s.messages)
	switch {
	case p.Before > 0:
		to = int(p.Before) - 1
		from = max(0, to-p.Limit)
	case p.After > 0:
		from = min(int(p.After), len(s.messages)) // of a session that has ended meanwhile
		to = min(len(s.messages), from+p.Limit)
	}
	r := wire.MessagesResult{More: p.After > 0 && to < len(s.messages) || p.After == 0 && from > 0}
	for _, m := range s.messages[from:to] {
		r.Messages = append(r.Messages, s.signed(m))
	}
	return r, nil
}

func (s *script) VisitorRead(_ context.Context, _, _ string, p wire.ReadParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = p.Seq
	return nil
}

func (s *script) VisitorDelivered(context.Context, string, string, wire.ReadParams) error { return nil }

func (s *script) VisitorTyping(_ context.Context, _, _ string, p wire.TypingParams) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typing = append(s.typing, p.Typing)
	return nil
}

func (s *script) VisitorScreen(context.Context, string, string, wire.ScreenParams) error { return nil }

func (s *script) VisitorOffer(context.Context, string, string, wire.SessionOfferParams) (wire.AnswerResult, error) {
	return wire.AnswerResult{}, wire.ErrSessionNotFound // a page of chats alone
}

func (s *script) VisitorEnd(context.Context, string, string, string) error {
	s.now(func(v *wire.VisitorSession) { v.State, v.CloseBy = wire.VisitorEnded, wire.CloseClient })
	return nil
}

func (s *script) VisitorWatch(_ context.Context, _, _ string, f func(wire.Frame)) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchID++
	id := s.watchID
	s.watches[id] = f
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watches, id)
	}, nil
}

// texts are the customer's words as the center has them.
func (s *script) texts() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if m.From == wire.FromClient {
			all = append(all, m.Text)
		}
	}
	return all
}

// site serves the page with the real socket and the real store of files.
type site struct {
	*script
	url     string
	browser *harness.Browser
}

func newSite(t *testing.T) *site {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	one := config.Demo().Apps[0]
	one.Files.MaxMB = 1
	known := apps{one}
	fs, err := files.Open(t.Context(), files.Options{Dir: t.TempDir(), Store: st, Apps: known,
		Origin: func(r *http.Request) bool {
			return strings.HasSuffix(r.Header.Get("Origin"), r.Host)
		}})
	require.NoError(t, err)
	keys, err := OpenKeys(t.Context(), st)
	require.NoError(t, err)
	s := &site{script: &script{files: fs, watches: map[int]func(wire.Frame){}}}
	server := New(Options{Center: s.script, Apps: known, Keys: keys, Files: fs})
	mux := http.NewServeMux()
	mux.Handle("/ws/visitor", server)
	mux.Handle(files.Path, fs)
	mux.Handle("/", web.Handler())
	h := httptest.NewServer(mux)
	s.url = h.URL
	t.Cleanup(func() {
		server.Close()
		h.Close()
		fs.Close()
		require.NoError(t, st.Close(context.Background()))
	})
	s.browser, err = harness.StartBrowser(harness.DevicesNone)
	require.NoError(t, err)
	t.Cleanup(s.browser.Close)
	return s
}

// open opens the page and awaits its connection.
func (s *site) open(t *testing.T, query string) *harness.Page {
	t.Helper()
	p := s.browser.NewPage(t, s.url+"/customer.html"+query)
	p.AwaitTrue(`document.getElementById('chat').dataset.connection === 'open'`)
	return p
}

// write types a text and presses Enter.
func write(p *harness.Page, text string) {
	p.Run(`(() => {
		const t = document.getElementById('text');
		t.value = %s;
		t.dispatchEvent(new Event('input'));
		t.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
	})()`, text)
}

// shown are the texts of the messages on the page.
const shown = `[...document.querySelectorAll('#log .row .prose, #log .note')].map((e) => e.textContent)`

func TestPageChats(t *testing.T) {
	s := newSite(t)
	p := s.open(t, "?nickname=Mia")
	p.AwaitTrue(`!document.getElementById('welcome').hidden && document.querySelectorAll('#groups button').length === 2`)
	p.Screenshot("customer-welcome")
	p.Run(`document.querySelectorAll('#groups button')[1].click()`)
	p.AwaitTrue(`document.querySelectorAll('.choices button').length === 2`)
	assert.Equal(t, []string{"support"}, s.groups)
	p.Run(`document.querySelectorAll('.choices button')[1].click()`)
	p.AwaitTrue(shown + `.includes('<b>A person</b>') && !document.querySelector('.choices')`)
	assert.Equal(t, []string{"<b>A person</b>"}, s.texts())
	assert.Zero(t, harness.Eval[int](p, `document.querySelectorAll('#log b').length`), "text is text")

	s.now(func(v *wire.VisitorSession) { v.State, v.Position = wire.VisitorQueued, 3 })
	p.AwaitTrue(`document.getElementById('state').textContent.includes('3')`)
	s.now(func(v *wire.VisitorSession) {
		v.State, v.Position, v.AgentName = wire.VisitorTalking, 0, "Anna <i>Wang</i>"
	})
	s.mu.Lock()
	s.write(wire.Message{From: wire.FromSystem, Type: wire.MessageNotice, Notice: wire.NoticeAccepted, Name: "Anna"})
	s.mu.Unlock()
	p.AwaitTrue(shown + `.includes('Anna is here.') && document.getElementById('name').textContent === 'Anna <i>Wang</i>'`)
	s.mu.Lock()
	s.tell(wire.VisitorNotifyTyping, wire.TypingParams{SessionID: "chat-1", Typing: true})
	s.mu.Unlock()
	p.AwaitTrue(`document.getElementById('typing').classList.contains('on')`)
	s.agent(wire.Message{Text: "Hello, see https://shop.example/a?b=1."})
	p.AwaitTrue(`!document.getElementById('typing').classList.contains('on') && document.querySelector('#log .prose a')?.href === 'https://shop.example/a?b=1'`)
	s.agent(wire.Message{Type: wire.MessageCard,
		Card: &wire.Card{Header: "Card", Desc: "of the shop", URL: "javascript:alert(1)", Pic: "data:x"}})
	s.agent(wire.Message{Type: wire.MessageOrder, Order: &wire.Order{Name: "Order 7", Desc: "2 items"}})
	p.AwaitTrue(`document.querySelectorAll('.card').length === 2 && !document.querySelector('.card[href]') && !document.querySelector('.card img')`)

	s.mu.Lock()
	theirs := s.session.LastSeq // what one writes oneself need not be told as read
	s.mu.Unlock()
	write(p, "thank you")
	p.AwaitTrue(shown + `.includes('thank you')`)
	assert.Equal(t, "sent", harness.Eval[string](p,
		`[...document.querySelectorAll('.mine .mark')].pop().dataset.state`))
	s.mu.Lock()
	s.tell(wire.VisitorNotifyRead, wire.ReadParams{SessionID: "chat-1", Seq: s.session.LastSeq})
	s.mu.Unlock()
	p.AwaitTrue(`[...document.querySelectorAll('.mine .mark')].pop().dataset.state === 'read'`)
	require.Eventually(t, func() bool { // on a slow machine the customer pauses, and types anew
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.read >= theirs && len(s.typing) >= 2 && s.typing[0] && !s.typing[len(s.typing)-1]
	}, harness.Patience, time.Millisecond, "what the customer sees is read")
	p.Screenshot("customer-chat")

	before := harness.Eval[[]string](p, shown)
	p.Navigate(s.url + "/customer.html?nickname=Mia")
	p.AwaitTrue(shown + `.length === ` + fmt.Sprint(len(before)))
	assert.Equal(t, before, harness.Eval[[]string](p, shown), "the same after a reload")

	p.Run(`document.getElementById('end').click()`)
	p.Run(`document.getElementById('ask-yes').click()`)
	p.AwaitTrue(`!document.getElementById('over').hidden`)
	p.Run(`document.getElementById('again').click()`)
	p.AwaitTrue(`document.querySelectorAll('#log .session').length === 2 && document.getElementById('over').hidden`)
	assert.Equal(t, 2, s.started)
}

func TestPageSendsFiles(t *testing.T) {
	s := newSite(t)
	p := s.open(t, "")
	picture := `(async () => {
		const c = document.createElement('canvas');
		c.width = 320; c.height = 200;
		const x = c.getContext('2d');
		x.fillStyle = '#2b5fd9'; x.fillRect(0, 0, 320, 200);
		return new Promise((done) => c.toBlob(done, %s));
	})()`
	drop := `(async () => {
		const data = new DataTransfer();
		data.items.add(new File([await ` + picture + `], %s));
		dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }));
	})()`
	for i, mime := range []string{"image/png", "image/jpeg", "image/webp"} {
		p.Run(drop, mime, "picture")
		p.AwaitTrue(fmt.Sprintf(`document.querySelectorAll('.mine .thumb').length === %d && [...document.querySelectorAll('.mine .thumb')].every((i) => i.naturalWidth === 320)`, i+1))
	}
	p.AwaitTrue(`(() => { const s = document.getElementById('scroll'); return s.scrollHeight - s.scrollTop - s.clientHeight < 2; })()`)
	p.Run(`document.querySelector('.mine .open').click()`)
	p.AwaitTrue(`document.getElementById('picture').open && document.getElementById('picture-image').naturalWidth === 320`)
	p.Screenshot("customer-picture")
	p.Run(`document.getElementById('picture-close').click()`)

	file := func(content, name string) {
		p.Run(`(() => {
			const data = new DataTransfer();
			data.items.add(new File([%s], %s));
			const e = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
			document.getElementById('text').dispatchEvent(e);
		})()`, content, name)
	}
	file("a list", "list.txt")
	p.AwaitTrue(`document.querySelector('.mine a.file')?.download === 'list.txt'`)
	s.mu.Lock()
	before := s.reads
	s.mu.Unlock()
	p.Run(`(() => {
		const now = Date.now;
		Date.now = () => now() + 24 * 3600 * 1000;
		document.addEventListener('click', (e) => {
			const a = e.target.closest('a');
			if (!a || e.defaultPrevented) return;
			e.preventDefault();
			window.clicked = a.href;
		});
		document.querySelector('.mine a.file').click();
	})()`)
	p.AwaitTrue(`window.clicked?.includes('/files/')`)
	s.mu.Lock()
	assert.Equal(t, before+1, s.reads, "the address was asked for again")
	s.mu.Unlock()
	p.AllowError("422")
	file("<html><script>alert(1)</script>", "picture.png")
	p.AwaitTrue(`document.querySelector('.upload.failed .upload-say')?.textContent.includes('text/html')`)
	p.Run(`document.querySelector('.upload.failed button').click()`)
	file(strings.Repeat("a", 1_000_001), "large.txt")
	p.AwaitTrue(`document.querySelector('.upload.failed .upload-say')?.textContent.includes('1 MB')`)
	p.Run(`document.querySelector('.upload.failed button').click()`)
	p.AwaitTrue(`!document.querySelector('.upload')`)
	assert.Len(t, s.texts(), 4, "nothing of these was sent")
}

// Words typed while the connection is cut again and again arrive once each, in
// order.
func TestPageLosesNothing(t *testing.T) {
	s := newSite(t)
	proxy := harness.NewProxy(t, &harness.Gateway{HTTP: strings.TrimPrefix(s.url, "http://")})
	p := s.browser.NewPage(t, proxy.Through(s.url)+"/customer.html")
	p.AllowError("WebSocket")
	p.AllowError("ERR_")
	p.AwaitTrue(`document.getElementById('chat').dataset.connection === 'open'`)
	var want []string
	for i := range 30 {
		text := fmt.Sprint("message ", i)
		want = append(want, text)
		write(p, text)
		if i%4 == 2 {
			proxy.Cut()
		}
		if i == 15 {
			proxy.Refuse(true)
		}
	}
	p.AwaitTrue(`document.querySelectorAll('#pending .row').length > 0`)
	p.AwaitTrue(`!document.getElementById('banner').hidden`)
	p.Run(`(() => { const t = document.getElementById('text'); t.value = 'a draft'; t.dispatchEvent(new Event('input')); })()`)
	proxy.Refuse(false)
	p.Navigate(proxy.Through(s.url) + "/customer.html") // in the middle of it
	p.AwaitTrue(`document.querySelectorAll('#log .mine').length === 30 && document.querySelectorAll('#pending .row').length === 0`)
	assert.Equal(t, want, s.texts())
	assert.Equal(t, "a draft", harness.Eval[string](p, `document.getElementById('text').value`))
	assert.Zero(t, harness.Eval[int](p, `Object.keys(localStorage).filter((k) => k.includes('.out.')).length`))
}

func TestPageTellsWhatFailed(t *testing.T) {
	s := newSite(t)
	p := s.open(t, "?skillGroupId=sales")
	write(p, "one")
	p.AwaitTrue(`document.querySelectorAll('#log .mine').length === 1`)
	assert.Equal(t, []string{"sales"}, s.groups)
	s.mu.Lock()
	s.refuse = wire.ErrMessageInvalid.With("it is not polite")
	s.mu.Unlock()
	write(p, "two")
	p.AwaitTrue(`document.querySelector('#pending .failed .foot')?.textContent.includes('it is not polite')`)
	p.Run(`document.querySelector('#pending .failed button').click()`)
	p.AwaitTrue(`document.querySelectorAll('#log .mine').length === 2 && !document.querySelector('#pending .row')`)

	// The chat ends while something is on its way: it is kept for a new one.
	s.mu.Lock()
	s.refuse = wire.ErrSessionState
	s.mu.Unlock()
	write(p, "three")
	p.AwaitTrue(`document.querySelector('#pending .failed button')`)
	s.now(func(v *wire.VisitorSession) { v.State = wire.VisitorEnded })
	p.AwaitTrue(`!document.getElementById('over').hidden`) // the page knows
	p.Run(`document.querySelector('#pending .failed button').click()`)
	p.AwaitTrue(`document.querySelectorAll('#log .session').length === 2 && document.querySelectorAll('#log .mine').length === 3`)
	assert.Equal(t, []string{"three"}, s.texts())
	p.Run(`(() => { const t = document.getElementById('text'); t.value = 'é'.repeat(4097); t.dispatchEvent(new Event('input')); })()`)
	p.AwaitTrue(`document.getElementById('send').disabled && !document.getElementById('trouble').hidden`)
}

func TestPageReadsLongChats(t *testing.T) {
	s := newSite(t)
	p := s.open(t, "")
	write(p, "hello")
	p.AwaitTrue(`document.querySelectorAll('#log .mine').length === 1`)
	for i := range 248 {
		s.agent(wire.Message{Text: fmt.Sprint("line ", i)})
	}
	p.AwaitTrue(shown + `.length === 250`)
	p.Navigate(s.url + "/customer.html")
	p.AwaitTrue(shown + `.length === 100 && !document.getElementById('older').hidden`)
	for n := 150; n <= 250; n += 50 {
		p.Run(`document.getElementById('older').click()`)
		p.AwaitTrue(fmt.Sprint(shown, `.length === `, n))
	}
	p.AwaitTrue(`document.getElementById('older').hidden`)
	assert.Equal(t, "What is it about?", harness.Eval[string](p, shown+`[0]`))
}

func TestPageCountsUnread(t *testing.T) {
	s := newSite(t)
	p := s.open(t, "")
	write(p, "hello")
	p.AwaitTrue(`document.querySelectorAll('#log .mine').length === 1`)
	p.Run(`(() => {
		Object.defineProperty(document, 'hidden', { get: () => window.away, configurable: true });
		window.away = true;
		document.dispatchEvent(new Event('visibilitychange'));
	})()`)
	s.agent(wire.Message{Text: "one"})
	s.agent(wire.Message{Text: "two"})
	p.AwaitTrue(`document.title.startsWith('(2) ')`)
	s.mu.Lock()
	assert.Less(t, s.read, s.session.LastSeq, "nobody has seen it")
	s.mu.Unlock()
	p.Run(`(() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); })()`)
	p.AwaitTrue(`!document.title.startsWith('(')`)
	require.Eventually(t, func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.read == s.session.LastSeq
	}, harness.Patience, time.Millisecond)
}

func TestPageInChineseAndRefused(t *testing.T) {
	s := newSite(t)
	p := s.browser.NewPage(t, "about:blank")
	_, err := chromedp.Call(p.Context(), cdp.AddScriptToEvaluateOnNewDocument,
		cdp.AddScriptToEvaluateOnNewDocumentParams{
			Source: `Object.defineProperty(navigator, 'language', { get: () => 'zh-CN' })`,
		})
	require.NoError(t, err)
	p.Navigate(s.url + "/customer.html")
	p.AwaitTrue(`document.getElementById('name').textContent === '在线客服' && document.documentElement.lang === 'zh-CN'`)
	p.Navigate(s.url + "/customer.html?sdkAppId=9")
	p.AwaitTrue(`document.getElementById('chat').dataset.connection === 'refused' && document.getElementById('banner').textContent.includes('sdkAppId')`)
}
