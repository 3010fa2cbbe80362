package chat

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/test/harness"
)

// TestAChatByHand does everything with the interface, beside a telephone call,
// with a customer on the customers' page.
func TestAChatByHand(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, "agent3@demo") // sales, by telephone, and support
	c := customer(t, g.URL+"/customer.html?nickname=Mia&skillGroupId=support&avatar=https://shop.example/mia.png&peerSource=shop&channelName=orders&clientData=vip")
	write(c, "good morning")
	in := p.Await("callIn", "type", "im")
	id := in.SessionID()
	fields := in.Fields(t)
	delete(fields, "timeout")
	assert.Equal(t, map[string]any{"sessionId": id, "type": "im", "nickname": "Mia",
		"avatar":     "https://shop.example/mia.png",
		"peerSource": "shop", "channelName": "orders", "clientData": "vip"}, fields)
	press(p, "[data-click=accept][data-arg='"+id+"']")
	p.Await("userAccessed", "sessionId", id)
	showsBubbles(t, p, "good morning")

	p.Do("tccc.Call.startOutboundCall({phoneNumber: '10086'})")
	call := p.Await("calloutAccepted").SessionID()
	p.Hears(harness.PhoneTone)
	press(p, "[data-click=look][data-arg='"+id+"']")
	p.AwaitTrue(inside(".beside [data-click=mute][data-arg='" + call + "']"))

	types(p, id, "Good morning Mia")
	c.AwaitTrue("document.getElementById('typing-text').textContent.includes('is typing')")
	enter(p)
	sees(c, "theirs", "Good morning Mia")
	p.AwaitTrue(inside(".mark.read")) // the customer's page is in front
	c.Run("(() => { const t = document.getElementById('text'); t.value = 'x'; t.dispatchEvent(new Event('input')); })()")
	p.AwaitTrue(inside(".typing"))
	write(c, "see https://shop.example/1")
	p.AwaitTrue(inside(".bubble a[rel='noopener noreferrer']") + ".href === 'https://shop.example/1'")
	p.AwaitTrue("!" + inside(".typing"))
	p.Screenshot("chat-by-hand")

	// A picture that is dropped on the chat.
	p.Run(`new Promise((done) => {
		const c = document.createElement('canvas'); c.width = 60; c.height = 40; const x = c.getContext('2d'); x.fillStyle = '#c33'; x.fillRect(0, 0, 60, 40);
		c.toBlob((blob) => {
			const data = new DataTransfer(); data.items.add(new File([blob], 'red.png', { type: 'image/png' }));
			` + inside(".chat-log") + `.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true, composed: true }));
			done();
		});
	})`)
	p.AwaitTrue(inside(".picture img") + "?.naturalWidth === 60")
	c.AwaitTrue("[...document.querySelectorAll('#log .row.theirs img')].some((i) => i.naturalWidth === 60)")

	press(p, ".chat-head [data-click=hangup]")
	p.Await("sessionEnded", "sessionId", id)
	p.Hears(harness.PhoneTone)
	p.AwaitTrue(inside(".chat-foot") + ".textContent.includes('You ended the chat')")
	press(p, ".chat-foot [data-click=complete]")
	p.Await("sessionCompleted", "sessionId", id)
	p.AwaitTrue("!" + inside(".chat"))
	assert.Equal(t, 1, harness.Eval[int](p,
		"document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('.entry-row').length"),
		"the call goes on")
	p.Do("tccc.Call.hungUp({sessionId: %s})", call)
}

// TestAChatRingsSoftly rings without a microphone, and is read where it is seen.
func TestAChatRingsSoftly(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.Agent(t, g, supporter)
	id := start(t, g, "ann", "hello")
	p.Await("callIn", "sessionId", id)
	p.AwaitTrue("harness.rings()")
	assert.Zero(t, harness.Eval[int](p, "harness.microphones.length"))
	press(p, "[data-click=accept][data-arg='"+id+"']")
	p.AwaitTrue("!harness.rings()")
	// what is shown is read
	p.AwaitTrue("harness.events.some((e) => e.name === 'chatUpdated' && e.data.seatRead > 0 && !e.data.unread)")
	assert.Zero(t, harness.Eval[int](p, "harness.microphones.length"))
}

// TestOlderMessagesComeWhileScrolling reads a long chat back.
func TestOlderMessagesComeWhileScrolling(t *testing.T) {
	g := harness.StartGateway(t, harness.GatewayOptions{})
	p := harness.NewProfile(t).Agent(g, supporter)
	id := chatOf(t, g, p, "ann")
	p.Run("(async () => { for (let i = 1; i <= 120; i++) await tccc.Chat.sendMessage({sessionId: %s, text: 'line ' + i}) })()", id)
	p.Reload()
	p.Await("callIn", "sessionId", id)
	press(p, "[data-click=look][data-arg='"+id+"']")
	p.AwaitTrue(inside(".bubble:last-of-type") +
		" && [...document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('.bubble')].at(-1).textContent === 'line 120'")
	assert.Less(t, len(bubbles(p)), 60)
	for range 3 {
		p.Run("(() => { const s = " + inside(".chat-scroll") + "; s.scrollTop = -s.scrollHeight; })()")
		p.AwaitTrue("!" + inside("#loading, .older .spinner"))
	}
	p.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('.bubble').length >= 100")
	p.Run("(() => { const s = " + inside(".chat-scroll") + "; s.scrollTop = -s.scrollHeight; })()")
	p.AwaitTrue("document.getElementById('tcccSdkDomRoot').shadowRoot.querySelectorAll('.bubble').length === 121")
	assert.Equal(t, "hello", bubbles(p)[0])
}
