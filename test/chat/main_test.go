// Package chat is about customers of chats: on their page and without one,
// with an agent's page at the other end.
package chat

import (
	"fmt"
	"testing"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }

// customer opens the customers' page and awaits its connection.
func customer(t *testing.T, url string) *harness.Page {
	t.Helper()
	p := harness.NewPage(t, url)
	p.AwaitTrue(`document.getElementById('chat').dataset.connection === 'open'`)
	return p
}

// write types a text into the customers' page and presses Enter.
func write(p *harness.Page, text string) {
	p.Run(`(() => {
		const t = document.getElementById('text');
		t.value = %s;
		t.dispatchEvent(new Event('input'));
		t.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
	})()`, text)
}

// sees waits until the customers' page shows a text of somebody: mine, theirs
// or a notice.
func sees(p *harness.Page, whose, text string) {
	p.AwaitTrue(fmt.Sprintf(`[...document.querySelectorAll('#log .row.%s')].some((r) => r.querySelector('.prose, .note')?.textContent === %q)`, whose, text))
}

// transcript is what the customers' page shows, line by line.
func transcript(p *harness.Page) []string {
	return harness.Eval[[]string](p, `[...document.querySelectorAll('#log .row')].map((r) =>
		r.className.split(' ')[1] + ': ' + (r.querySelector('.prose, .note, .file-text b, .card-text')?.textContent ?? r.querySelector('img')?.alt))`)
}

// accept awaits the chat that rings at an agent and takes it.
func accept(p *harness.Page) (sessionID string) {
	id := p.Await("callIn", "type", "im").SessionID()
	p.Do("tccc.Chat.accept({sessionId: %s})", id)
	p.Await("userAccessed", "sessionId", id)
	return id
}

// message is a message as the agent's page has it.
type message struct {
	ID   string
	Seq  int
	From string
	Type string
	Text string
	File struct{ Name, MIME, URL string }
}

// messages reads a chat on the agent's page.
func messages(p *harness.Page, sessionID string) []message {
	return harness.Eval[[]message](p, "tccc.Chat.getMessages({sessionId: %s, limit: 100}).then((r) => r.data.messages)",
		sessionID)
}
