package center

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/stretchr/testify/require"

	"tccc/gateway/session"
	"tccc/wire"
)

// chatters are the customers who chat in the model, and what they and the
// agents were told is written.
type chatters struct {
	customers []*chatter
	said      map[string]map[string]wire.Message // acknowledged, by session and id
	last      wire.SendParams                    // of an agent, to be tried again
	drafts    int
}

// chatter is one customer.
type chatter struct {
	user    string
	id      string // of the last session
	stop    func() // while the page is there
	last    wire.SendParams
	started map[string]bool
}

func (c *chatters) arrive(w *world) {
	c.said = map[string]map[string]wire.Message{}
	for i := range 4 {
		k := &chatter{user: fmt.Sprint("customer", i), started: map[string]bool{}}
		c.customers = append(c.customers, k)
		k.come(w)
	}
}

func (k *chatter) come(w *world) {
	stop, err := w.center.VisitorWatch(w.t.Context(), app, k.user, func(wire.Frame) {})
	require.NoError(w.t, err)
	k.stop = stop
}

// work has an agent do what agents do with chats: take what rings, and answer.
func (m *model) work(d *desk, p *page) {
	for _, id := range p.liveOnes() {
		switch s := p.shown()[id]; {
		case s.Type != wire.TypeIM:
		case s.State == wire.StateRinging:
			m.run(d, p, wire.MethodChatAccept, session1(id))
		case m.r.IntN(5) == 0:
			m.run(d, p, wire.MethodChatTransfer,
				wire.TransferParams{SessionID: id, SkillGroupID: []string{"sales", "support"}[m.r.IntN(2)]})
		default:
			m.run(d, p, wire.MethodChatSend, m.draft(id))
		}
	}
}

// draft is a message of an agent, now and then the last one again.
func (m *model) draft(id string) wire.SendParams {
	if m.r.IntN(4) == 0 && m.last.ID != "" {
		return m.last
	}
	m.drafts++
	m.last = wire.SendParams{SessionID: id, ID: fmt.Sprint("seat", m.drafts), Text: fmt.Sprint("answer ", m.drafts)}
	return m.last
}

// acknowledge notes a message that its sender was told is written.
func (m *model) acknowledge(text json.RawMessage) {
	var w wire.Message
	require.NoError(m.t, json.Unmarshal(text, &w))
	if m.said[w.SessionID] == nil {
		m.said[w.SessionID] = map[string]wire.Message{}
	}
	if old, there := m.said[w.SessionID][w.ID]; there {
		require.Equal(m.t, old.Seq, w.Seq, "the same message again")
		require.Equal(m.t, old.Text, w.Text)
	}
	m.said[w.SessionID][w.ID] = w
}

// chatStep lets a customer do something.
func (m *model) chatStep() {
	k := m.customers[m.r.IntN(len(m.customers))]
	switch m.r.IntN(9) {
	case 0, 1, 2:
		m.startChat(k)
	case 3, 4, 5:
		m.drafts++
		m.says(k, wire.SendParams{SessionID: k.id, ID: fmt.Sprint(k.user, m.drafts),
			Text: []string{"hours", "help", "人工"}[m.r.IntN(3)]})
	case 6:
		m.says(k, k.last) // the answer was lost
	case 7:
		if k.id != "" && m.r.IntN(3) == 0 {
			m.note("%s ends", k.user)
			require.NoError(m.t, m.center.VisitorEnd(m.t.Context(), app, k.user, k.id))
		}
	case 8:
		if k.stop != nil {
			m.note("%s goes", k.user)
			k.stop()
			k.stop = nil
		} else {
			m.note("%s comes", k.user)
			k.come(m.world)
		}
	}
}

func (m *model) startChat(k *chatter) {
	p := wire.VisitorStartParams{Type: wire.TypeIM, Text: "hours"}
	if m.r.IntN(2) == 0 {
		p.SkillGroupID = []string{"sales", "support"}[m.r.IntN(2)]
	}
	s, err := m.center.StartVisit(m.t.Context(), app, session.Customer{UserID: k.user}, p)
	require.NoError(m.t, err)
	m.note("%s starts %s", k.user, s.SessionID[:6])
	k.id = s.SessionID
	if !k.started[k.id] {
		k.started[k.id] = true
		m.begun++
	}
}

func (m *model) says(k *chatter, p wire.SendParams) {
	if p.ID == "" || p.SessionID == "" {
		return
	}
	k.last = p
	w, err := m.center.VisitorSay(m.t.Context(), app, k.user, p)
	m.note("%s says %s -> %v", k.user, p.ID, err)
	if err == nil {
		m.acknowledge(wire.Raw(w))
		return
	}
	require.ErrorIs(m.t, err, wire.ErrSessionState)
}

// maybeRestart now and then lets the gateway's process end and another go on.
func (m *model) maybeRestart() {
	if m.r.IntN(3) != 0 {
		return
	}
	m.note("the gateway restarts")
	m.restart()
	for _, d := range m.agents {
		for i, p := range d.tabs {
			if p != nil {
				d.known[i], d.tabs[i] = p, nil
			}
		}
	}
	for _, k := range m.customers {
		if k.stop != nil {
			k.come(m.world)
		}
	}
}

func (m *model) endChats(ctx context.Context) {
	for _, k := range m.customers {
		if k.id != "" {
			require.NoError(m.t, m.center.VisitorEnd(ctx, app, k.user, k.id))
		}
	}
}

// checkMessages looks into the store: whatever was acknowledged is there once,
// and the numbers have no gaps.
func (m *model) checkMessages(ctx context.Context) {
	seats := 0
	for _, k := range m.customers {
		for id := range k.started {
			all, err := m.store.Messages(ctx, app, id, 1, 0, 0)
			require.NoError(m.t, err)
			ids := map[string]bool{}
			for i, w := range all {
				require.Equal(m.t, uint64(i+1), w.Seq, "%s", id)
				require.False(m.t, ids[w.ID], "%s is there twice", w.ID)
				ids[w.ID] = true
				if w.From == wire.FromSeat {
					seats++
				}
				if said, ok := m.said[id][w.ID]; ok {
					require.Equal(m.t, said.Text, w.Text)
					require.Equal(m.t, said.Seq, w.Seq)
				}
			}
			for said := range m.said[id] {
				require.True(m.t, ids[said], "%s of %s is lost", said, id)
			}
		}
	}
	m.t.Logf("%d sessions, %d messages of agents", m.begun, seats)
}
