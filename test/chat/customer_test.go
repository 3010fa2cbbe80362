package chat

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/test/harness"
)

// TestBotQueueAndAgent is a whole chat: greeting, bot, queue, agent, end, and
// another one.
func TestBotQueueAndAgent(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{
		"TCCC_APPS_0_CHAT_GREETING=Good day",
		"TCCC_APPS_0_CHAT_BOT_ANSWERS_0_KEYWORDS=hours",
		"TCCC_APPS_0_CHAT_BOT_ANSWERS_0_TEXT=From 9 to 18",
		"TCCC_APPS_0_CHAT_BOT_ANSWERS_0_CHOICES=person",
	}})
	c := customer(t, g.URL+"/customer.html?nickname=Mia")
	write(c, "your hours?")
	sees(c, "theirs", "Good day")
	sees(c, "mine", "your hours?")
	sees(c, "theirs", "From 9 to 18")
	c.AwaitTrue(`document.querySelector('.choices button')?.textContent === 'person'`)
	c.Screenshot("chat-bot")
	c.Run(`document.querySelector('.choices button').click()`)
	c.AwaitTrue(`document.getElementById('state').textContent === 'You are number 1 in the queue'`)
	c.AwaitTrue(`!document.querySelector('.choices')`)

	a := harness.Agent(t, g, "agent1@demo")
	in := a.Await("callIn", "type", "im")
	assert.Equal(t, "Mia", in.Text("nickname"))
	id := in.SessionID()
	a.Do("tccc.Chat.accept({sessionId: %s})", id)
	sees(c, "notice", "Anna Wang is here.")
	c.AwaitTrue(`document.getElementById('name').textContent === 'Anna Wang'`)

	a.Do("tccc.Chat.setTyping({sessionId: %s, typing: true})", id)
	c.AwaitTrue(`document.getElementById('typing-text').textContent === 'Anna Wang is typing'`)
	a.Do("tccc.Chat.sendMessage({sessionId: %s, text: '<img src=x onerror=alert(1)>'})", id)
	sees(c, "theirs", "<img src=x onerror=alert(1)>")
	a.Await("chatUpdated", "sessionId", id)
	a.AwaitTrue(`harness.events.filter((e) => e.name === 'chatUpdated').some((e) => e.data.clientRead === e.data.lastSeq && e.data.clientOnline)`)
	write(c, "thanks")
	assert.Equal(t, "thanks", a.Await("messageReceived", "text", "thanks").Text("text"))
	a.Do("tccc.Chat.markRead({sessionId: %s})", id)
	c.AwaitTrue(`[...document.querySelectorAll('.mine .mark')].every((m) => m.dataset.state === 'read')`)
	a.Do(`tccc.Chat.sendCardMessage({sessionId: %s, payload: {header: 'Offer', desc: 'for you', pic: %s, url: 'https://shop.example/1'}})`, id, g.URL+"/none.png")
	c.AllowError("404")
	c.AwaitTrue(`document.querySelector('a.card')?.href === 'https://shop.example/1' && document.querySelector('a.card').rel.includes('noopener')`)
	c.Run(`(() => { const t = document.getElementById('text'); t.value = 'x'; t.dispatchEvent(new Event('input')); })()`)
	a.Await("chatUpdated", "clientTyping", true)
	c.Screenshot("chat-agent")

	a.Do("tccc.Chat.end({sessionId: %s})", id)
	a.Await("sessionEnded", "sessionId", id)
	c.AwaitTrue(`!document.getElementById('over').hidden`)
	c.Run(`document.getElementById('again').click()`)
	c.AwaitTrue(`document.querySelectorAll('#log .session').length === 2`)
	c.Run(`document.getElementById('end').click()`)
	c.Run(`document.getElementById('ask-yes').click()`)
	c.AwaitTrue(`!document.getElementById('over').hidden`)
}

// TestReload shows that a reload on the customer's side changes nothing, in
// another tab neither, and that another browser is another customer.
func TestReload(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, "agent1@demo")
	c := customer(t, g.URL+"/customer.html?skillGroupId=sales")
	write(c, "one")
	id := accept(a)
	for i := range 5 {
		a.Do("tccc.Chat.sendMessage({sessionId: %s, text: %s})", id, fmt.Sprint("answer ", i))
	}
	sees(c, "theirs", "answer 4")
	write(c, "two")
	sees(c, "mine", "two")
	before := transcript(c)
	require.Greater(t, len(before), 7)
	c.Navigate(g.URL + "/customer.html?skillGroupId=sales")
	sees(c, "mine", "two")
	assert.Equal(t, before, transcript(c))
	c.AwaitTrue(`document.getElementById('name').textContent === 'Anna Wang'`)
	write(c, "three")
	a.Await("messageReceived", "text", "three")

	other := customer(t, g.URL+"/customer.html")
	other.AwaitTrue(`!document.getElementById('welcome').hidden`)
	assert.Empty(t, transcript(other))

	g.Kill()
	c.AllowError("WebSocket")
	other.AllowError("WebSocket")
	a.AllowError("WebSocket")
	c.AwaitTrue(`!document.getElementById('banner').hidden`)
	write(c, "while the gateway is away")
	c.AwaitTrue(`document.querySelectorAll('#pending .row').length === 1`)
	g.Restart()
	sees(c, "mine", "while the gateway is away")
	c.AwaitTrue(`document.querySelectorAll('#pending .row').length === 0 && document.getElementById('banner').hidden`)
	a.Await("messageReceived", "text", "while the gateway is away")
}

// TestCutWhileSending cuts the customer's network again and again: what was
// written arrives once and in order.
func TestCutWhileSending(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	a := harness.Agent(t, g, "agent1@demo")
	proxy := harness.NewProxy(t, g)
	c := customer(t, proxy.Through(g.URL)+"/customer.html?skillGroupId=sales")
	c.AllowError("WebSocket")
	c.AllowError("ERR_")
	write(c, "word 0")
	id := accept(a)
	want := []string{"word 0"}
	for i := 1; i < 25; i++ {
		text := fmt.Sprint("word ", i)
		want = append(want, text)
		write(c, text)
		switch i % 8 {
		case 3:
			proxy.Cut()
		case 6:
			proxy.Freeze() // and nobody notices at first
		case 7:
			proxy.Cut()
		}
	}
	c.AwaitTrue(`document.querySelectorAll('#log .mine').length === 25 && document.querySelectorAll('#pending .row').length === 0`)
	var got []string
	for _, m := range messages(a, id) {
		if m.From == "client" {
			got = append(got, m.Text)
		}
	}
	assert.Equal(t, want, got)
	assert.Len(t, harness.Eval[[]string](a,
		`harness.events.filter((e) => e.name === 'messageReceived' && e.data.from === 'client').map((e) => e.data.text)`), 25)
}

// TestFiles sends files either way.
func TestFiles(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{Env: []string{"TCCC_APPS_0_FILES_MAXMB=1"}})
	a := harness.Agent(t, g, "agent1@demo")
	c := customer(t, g.URL+"/customer.html?skillGroupId=sales")
	write(c, "look")
	id := accept(a)
	drawn := func(mime string) string {
		return `new Promise((done) => {
			const c = document.createElement('canvas');
			c.width = 200; c.height = 100;
			const x = c.getContext('2d');
			x.fillStyle = '#c0392b'; x.fillRect(0, 0, 200, 100);
			c.toBlob(done, '` + mime + `');
		})`
	}
	drop := func(body, name string) {
		c.Run(`(async () => {
			const data = new DataTransfer();
			data.items.add(new File([await `+body+`], %s));
			dispatchEvent(new DragEvent('drop', { dataTransfer: data, cancelable: true }));
		})()`, name)
	}
	for i, mime := range []string{"image/png", "image/jpeg"} {
		drop(drawn(mime), "photo.html")
		c.AwaitTrue(fmt.Sprintf(`document.querySelectorAll('.mine .thumb').length === %d && [...document.querySelectorAll('.mine .thumb')].every((i) => i.naturalWidth === 200)`, i+1))
		a.AwaitTrue(fmt.Sprintf(`harness.events.filter((e) => e.name === 'messageReceived' && e.data.type === 'image').length === %d`, i+1))
	}
	c.AllowError("422")
	drop("'<html><script>alert(1)</script>'", "photo.png")
	c.AwaitTrue(`document.querySelector('.upload.failed .upload-say')?.textContent.includes('text/html')`)
	c.Run(`document.querySelector('.upload.failed button').click()`)
	drop("'x'.repeat(1000001)", "large.txt")
	c.AwaitTrue(`document.querySelector('.upload.failed .upload-say')?.textContent.includes('1 MB')`)

	got := messages(a, id)
	assert.Equal(t, "photo.html.png", got[len(got)-2].File.Name)
	assert.Equal(t, "image/jpeg", got[len(got)-1].File.MIME)
	// The agent's page is of another origin, and sees the very pixels.
	red := harness.Eval[[]int](a, `(async () => {
		const r = await fetch(%s);
		const b = await createImageBitmap(await r.blob());
		const c = document.createElement('canvas');
		c.width = b.width; c.height = b.height;
		const x = c.getContext('2d');
		x.drawImage(b, 0, 0);
		return [...x.getImageData(100, 50, 1, 1).data];
	})()`, got[len(got)-2].File.URL)
	assert.Equal(t, []int{0xc0, 0x39, 0x2b, 255}, red)

	a.Do(`(async () => tccc.Chat.sendFile({sessionId: %s, name: 'answer.png', file: await `+drawn("image/png")+`}))()`,
		id)
	c.AwaitTrue(`document.querySelector('.theirs .thumb')?.naturalWidth === 200 && document.querySelector('.theirs .thumb').alt === 'answer.png'`)
	c.Screenshot("chat-files")
	before := transcript(c)
	c.Navigate(g.URL + "/customer.html?skillGroupId=sales")
	c.AwaitTrue(`document.querySelectorAll('.thumb').length === 3 && [...document.querySelectorAll('.thumb')].every((i) => i.naturalWidth === 200)`)
	assert.Equal(t, before, transcript(c))
}
