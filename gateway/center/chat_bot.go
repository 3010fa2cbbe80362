package center

import (
	"context"

	"tccc/gateway/bot"
	"tccc/gateway/config"
	"tccc/gateway/session"
	"tccc/wire"
)

// botHears lets the bot answer what the customer has said last, one message
// after the other.
func (c *Center) botHears(call *call) {
	ch := call.chat
	if call.State() != session.Menu || ch.asking || c.stopping {
		return
	}
	seq := ch.log.Unheard(ch.heard)
	if seq == 0 {
		return
	}
	ch.asking = true
	ch.log.Again(seq, func(m wire.Message, err error) {
		if err != nil {
			c.botSays(call, seq, bot.Answer{}, err)
			return
		}
		c.askBot(call, &m)
	})
}

// askBot finds the answer to a message: in the configuration, or outside.
func (c *Center) askBot(call *call, m *wire.Message) {
	conf := call.tenant.Chat.Bot
	if a, ok := bot.Known(&conf, m.Text); ok {
		c.botSays(call, m.Seq, a, nil)
		return
	}
	if conf.Webhook.URL == "" {
		c.botSays(call, m.Seq, bot.Answer{Handover: true}, nil)
		return
	}
	q := question(call, m)
	c.outside(call, func(ctx context.Context) func() {
		a, err := c.bots.Ask(ctx, &conf.Webhook, q)
		return func() { c.botSays(call, q.Seq, a, err) }
	})
}

func question(call *call, m *wire.Message) *bot.Question {
	who := call.Customer
	q := &bot.Question{
		SDKAppID: call.App, SessionID: call.ID, UserID: who.UserID, Nickname: who.Nickname, PeerSource: who.PeerSource,
		ChannelName: who.ChannelName, ClientData: who.ClientData, SkillGroupID: call.chat.group,
		MessageID: m.ID, Seq: m.Seq, At: m.At, Type: m.Type, Text: m.Text,
	}
	if m.File != nil {
		q.FileName = m.File.Name
	}
	return q
}

// botSays writes the bot's answer, or has a person take over: at the bot's
// wish, or because it failed.
func (c *Center) botSays(call *call, seq uint64, a bot.Answer, err error) {
	ch := call.chat
	ch.asking = false
	if call.State() != session.Menu || c.stopping {
		return
	}
	ch.heard = max(ch.heard, seq)
	if err != nil {
		c.Log.Warn("a bot failed, a person takes over", "app", call.App, "session", call.ID, "err", err)
		a = bot.Answer{Handover: true}
	}
	if a.Text != "" {
		c.say(call, botMessage(&call.tenant.Chat.Bot, a), nil)
	}
	if !a.Handover {
		c.saveSession(call)
		c.botHears(call)
		return
	}
	if g := call.tenant.Group(a.SkillGroupID); g != nil && g.Takes(call.Type) {
		ch.group = a.SkillGroupID
	}
	c.enqueue(call, ch.group)
}

func botMessage(conf *config.Bot, a bot.Answer) wire.Message {
	return wire.Message{
		ID: NewSessionID(), From: wire.FromBot, Name: conf.Name, Type: wire.MessageText, Text: a.Text,
		Choices: a.Choices,
	}
}
