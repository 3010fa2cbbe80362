package uitest

import (
	"fmt"

	"tccc/agent"
	"tccc/ui"
	"tccc/wire"
)

// pixel is an image that needs no server.
const pixel = "https://files.example/picture.png"

func addChats(add adder) {
	bench := func(name string, change func(v *agent.View, s *ui.State)) {
		add(name, func(v *agent.View, s *ui.State) {
			s.Workbench, s.Open = true, false
			v.State.Status = wire.StatusBusy
			change(v, s)
		})
	}
	bench("chat", func(v *agent.View, s *ui.State) {
		putChat(v, wire.StateTalking, conversation())
		s.Chats.Drafts = map[string]string{"c1": "It is on its way"}
	})
	bench("chat, customer types", func(v *agent.View, _ *ui.State) {
		putChat(v, wire.StateTalking, conversation()[:4])
		v.Sessions[0].Chat.ClientTyping = true
	})
	bench("chat, rich messages", func(v *agent.View, _ *ui.State) { putChat(v, wire.StateTalking, rich()) })
	bench("chat, outbox", func(v *agent.View, _ *ui.State) {
		putChat(v, wire.StateTalking, conversation()[:3])
		c := v.Chats["c1"]
		c.Outbox = outbox()
		v.Chats["c1"] = c
	})
	bench("chat rings", func(v *agent.View, _ *ui.State) {
		putChat(v, wire.StateRinging, conversation()[:2])
		v.Sessions[0].OfferedAt, v.Sessions[0].RingDeadline = Now-4_000, Now+16_000
	})
	bench("chat ended", func(v *agent.View, _ *ui.State) {
		putChat(v, wire.StateEnded, append(conversation(),
			wire.Message{ID: "n9", Seq: 99, At: Now, From: wire.FromSystem, Type: wire.MessageNotice,
				Notice: wire.NoticeEnded}))
		v.Sessions[0].EndedAt, v.Sessions[0].CloseBy = Now, wire.CloseClient
	})
	bench("chat, transfer", func(v *agent.View, s *ui.State) {
		putChat(v, wire.StateTalking, conversation())
		s.Transfer, s.Colleagues = "c1", &colleagues
	})
	bench("chat, scrolled up", func(v *agent.View, s *ui.State) {
		putChat(v, wire.StateTalking, conversation())
		v.Sessions[0].Chat.Unread = 2
		s.Chats.Scrolled = map[string]int{"c1": 400}
	})
	bench("chat, file held over it", func(v *agent.View, s *ui.State) {
		putChat(v, wire.StateTalking, conversation())
		s.Chats.Dropping = true
	})
	bench("chats beside a call", func(v *agent.View, s *ui.State) {
		severalChats(v)
		s.Current = "c1"
	})
	add("chats beside a call, bar", func(v *agent.View, _ *ui.State) { severalChats(v) })
	add("chats, folded", func(v *agent.View, s *ui.State) {
		putChat(v, wire.StateTalking, conversation())
		v.Sessions[0].Chat.Unread = 3
		s.Open = false
	})
	bench("hostile chat", func(v *agent.View, _ *ui.State) {
		putChat(v, wire.StateTalking, hostile())
		s := &v.Sessions[0]
		s.Nickname, s.Avatar, s.Remark, s.PeerSource, s.ChannelName, s.ClientData =
			Hostile, "javascript:alert(1)", Hostile, Hostile, Hostile, Hostile
	})
}

// putChat adds the chat "c1" with Zhang Wei.
func putChat(v *agent.View, state wire.SessionState, messages []wire.Message) {
	s := wire.Session{
		SessionID: "c1", Type: wire.TypeIM, State: state, Direction: wire.Inbound, Nickname: "Zhang Wei",
		SkillGroupID: "support", PeerSource: "Web shop", ChannelName: "Order 20931", Remark: "VIP since 2021",
		ClientData: `{"cart": 3, "total": "¥ 1,299"}`, OfferedAt: Now - 400_000,
		Chat: &wire.ChatState{ClientOnline: true, ClientDelivered: 5, ClientRead: 4},
	}
	if state != wire.StateRinging {
		s.AnsweredAt = Now - 380_000
	}
	if n := len(messages); n > 0 {
		s.Chat.LastSeq = messages[n-1].Seq
	}
	for i := range messages {
		messages[i].SessionID = "c1"
	}
	v.Sessions = append(v.Sessions, s)
	if v.Chats == nil {
		v.Chats = make(map[string]agent.Chat)
	}
	v.Chats["c1"] = agent.Chat{Messages: messages, More: len(messages) > 5}
}

func severalChats(v *agent.View) {
	v.State.Status, v.Mic = wire.StatusBusy, true
	call := inbound()
	call.State, call.AnsweredAt = wire.StateTalking, Now-83_000
	v.Sessions = append(v.Sessions, call)
	putChat(v, wire.StateTalking, conversation())
	for i, name := range []string{"Maria Fernández", "刘洋"} {
		id := fmt.Sprintf("c%d", i+2)
		s := wire.Session{SessionID: id, Type: wire.TypeIM, State: wire.StateTalking, Direction: wire.Inbound,
			Nickname: name, AnsweredAt: Now - 200_000, Chat: &wire.ChatState{LastSeq: 1}}
		m := wire.Message{SessionID: id, ID: id, Seq: 1, At: Now - int64(i+1)*47_000, From: wire.FromClient,
			Type: wire.MessageText, Text: "Hello? My parcel has not arrived, and nobody answers the phone."}
		if i == 0 {
			s.Chat.Unread, s.Chat.ClientOnline = 2, true
		} else {
			s.State, s.RingDeadline, s.OfferedAt, s.AnsweredAt = wire.StateRinging, Now+9_000, Now-3_000, 0
		}
		v.Sessions = append(v.Sessions, s)
		v.Chats[id] = agent.Chat{Messages: []wire.Message{m}}
	}
}

func text(seq uint64, ago int64, from wire.Sender, words string) wire.Message {
	m := wire.Message{ID: fmt.Sprintf("m%d", seq), Seq: seq, At: Now - ago*1000, From: from, Type: wire.MessageText,
		Text: words}
	if from == wire.FromSeat {
		m.UserID, m.Name = "agent1@demo", "Li Na"
	}
	return m
}

func conversation() []wire.Message {
	bot := text(1, 86_400, wire.FromBot, "Hello! What can I do for you?")
	bot.Choices = []string{"Orders", "Returns", "Talk to a person"}
	return []wire.Message{
		bot,
		text(2, 390, wire.FromClient, "Hi, I ordered a kettle last week (https://shop.example/orders/20931) and it has not arrived."),
		{ID: "n3", Seq: 3, At: Now - 380_000, From: wire.FromSystem, Type: wire.MessageNotice,
			Notice: wire.NoticeAccepted, Name: "Li Na"},
		text(4, 370, wire.FromSeat, "Good morning Mr Zhang, let me have a look."),
		text(5, 365, wire.FromSeat, "It left our warehouse on Tuesday.\nThe carrier says: out for delivery."),
		text(6, 90, wire.FromClient, "Great"),
		text(7, 85, wire.FromClient, "When will it be here? I am at home until two o'clock, after that my neighbour can take it."),
		text(8, 40, wire.FromSeat, "Between eleven and one."),
	}
}

func rich() []wire.Message {
	card := text(12, 200, wire.FromSeat, "")
	card.Type, card.Card = wire.MessageCard, &wire.Card{Header: "Kettle, 1.7 l",
		Desc: "Stainless steel, keeps warm for two hours", Pic: pixel, URL: "https://shop.example/kettle"}
	order := text(13, 150, wire.FromSeat, "")
	order.Type, order.Order = wire.MessageOrder, &wire.Order{Guide: "Your order", Name: "Order 20931",
		Desc: "Out for delivery", CustomField: []any{
			map[string]any{"name": "Kettle", "value": "¥ 299"},
			map[string]any{"name": "Tea", "value": "¥ 49", "count": 2.0}}}
	image := text(10, 300, wire.FromClient, "")
	image.Type, image.File = wire.MessageImage, &wire.File{ID: "f1", Name: "receipt.png", Size: 48_000,
		MIME: "image/png", URL: pixel}
	file := text(11, 295, wire.FromClient, "")
	file.Type, file.File = wire.MessageFile, &wire.File{ID: "f2", Name: "invoice 20931.pdf", Size: 183_211,
		MIME: "application/pdf", URL: "https://files.example/f2"}
	return []wire.Message{image, file, card, order}
}

func outbox() []agent.Outgoing {
	sending, failed, upload := text(0, 3, wire.FromSeat, "One moment, please."), text(0, 60, wire.FromSeat,
		"I have asked the carrier."), text(0, 2, wire.FromSeat, "")
	sending.ID, failed.ID, upload.ID = "o1", "o2", "o3"
	upload.Type, upload.File = wire.MessageFile, &wire.File{Name: "label.pdf", Size: 2_400_000, MIME: "application/pdf"}
	out := []agent.Outgoing{{Message: failed, Err: wire.ErrDisconnected}, {Message: upload, Progress: .4},
		{Message: sending}}
	for i := range out {
		out[i].Message.SessionID = "c1"
	}
	return out
}

func hostile() []wire.Message {
	card := text(2, 8, wire.FromSeat, "")
	card.Card = &wire.Card{Header: Hostile, Desc: Hostile, Pic: "javascript:alert(1)", URL: "javascript:alert(1)"}
	order := text(3, 7, wire.FromSeat, "")
	order.Order = &wire.Order{Guide: Hostile, Name: Hostile, Desc: Hostile, Pic: "data:text/html,x",
		CustomField: map[string]any{Hostile: Hostile}}
	file := text(4, 6, wire.FromClient, "")
	file.File = &wire.File{Name: Hostile, URL: "javascript:alert(1)"}
	image := text(5, 5, wire.FromClient, "")
	image.Type, image.File = wire.MessageImage, &wire.File{Name: Hostile, URL: "JavaScript://x"}
	bot := text(6, 4, wire.FromBot, Hostile)
	bot.Choices = []string{Hostile}
	return []wire.Message{text(1, 9, wire.FromClient, Hostile+" javascript:alert(1) https://ok.example/<script>"), card,
		order, file, image, bot}
}
