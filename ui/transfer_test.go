package ui

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"tccc/agent"
	"tccc/wire"
)

func TestTransferFromTheBar(t *testing.T) {
	v := agent.View{Phase: agent.PhaseReady,
		Sessions: []wire.Session{{SessionID: "s1", Type: wire.TypePhone, State: wire.StateTalking}}}
	s := &State{Keypad: "s1", Find: "before"}
	s.Apply(&v, Action{"transfer", "s1"}, "")
	assert.Equal(t, []Effect{askColleagues}, s.watched(&v, false))
	assert.Equal(t, "s1", s.Transfer)
	assert.Empty(t, s.Keypad)
	assert.Empty(t, s.Find)
	s.Apply(&v, Action{"find", ""}, "Ben")
	assert.Equal(t, "Ben", s.Find)
	assert.Equal(t, []Effect{{"Call.transfer", wire.TransferParams{SessionID: "s1", UserID: "agent2@demo"}}},
		s.Apply(&v, Action{"toAgent", "agent2@demo"}, ""))
	assert.Empty(t, s.Transfer)
	assert.Empty(t, s.Apply(&v, Action{"toGroup", "sales"}, ""), "no session is chosen any more")

	s.Apply(&v, Action{"transfer", "s1"}, "")
	assert.Equal(t, []Effect{{"Call.transfer", wire.TransferParams{SessionID: "s1", SkillGroupID: "sales"}}},
		s.Apply(&v, Action{"toGroup", "sales"}, ""))
	s.Apply(&v, Action{"transfer", "s1"}, "")
	s.Apply(&v, Action{"askFirst", ""}, "")
	assert.Equal(t, []Effect{{"Call.consult", wire.ConsultParams{SessionID: "s1", UserID: "agent2@demo"}}},
		s.Apply(&v, Action{"toAgent", "agent2@demo"}, ""))
	for name, member := range map[string]string{"handOver": "Call.completeTransfer", "conference": "Call.conference",
		"backToCustomer": "Call.cancelConsult"} {
		assert.Equal(t, []Effect{{member, wire.SessionParams{SessionID: "s2"}}}, s.Apply(&v, Action{name, "s2"}, ""))
	}
	s.Apply(&v, Action{"transfer", "s1"}, "")
	assert.Empty(t, s.Apply(&v, Action{"transfer", "s1"}, ""), "once more closes")
	s.Apply(&v, Action{"transfer", "s1"}, "")
	s.Apply(&v, Action{"escape", ""}, "")
	assert.Empty(t, s.Transfer)
}

// Customers of web pages can be asked about, and given to a number, as callers
// can; chats cannot.
func TestAskAboutAWebCustomer(t *testing.T) {
	for kind, asked := range map[wire.SessionType]bool{wire.TypePhone: true, wire.TypeVoIP: true, wire.TypeVideo: true,
		wire.TypeIM: false} {
		v := agent.View{Phase: agent.PhaseReady,
			Sessions: []wire.Session{{SessionID: "s1", Type: kind, State: wire.StateTalking}}}
		s := &State{Transfer: "s1", AskFirst: true, Number: "10086", Colleagues: &wire.ColleaguesResult{}}
		panel := newModel(v, s, 0).targets(&v.Sessions[0])
		found := panel.Find(func(n *Node) bool { return n.Key == "forward" || n.Key == "ask" })
		assert.Equal(t, asked, len(found) == 2, kind)
		if asked {
			assert.Equal(t, []Effect{{"Call.consult", wire.ConsultParams{SessionID: "s1", UserID: "agent2@demo"}}},
				s.Apply(&v, Action{"toAgent", "agent2@demo"}, ""), kind)
		}
	}
}

func TestListOfTargetsFollowsItsSession(t *testing.T) {
	talking := agent.View{Sessions: []wire.Session{{SessionID: "s1", State: wire.StateTalking}}}
	s := &State{Transfer: "s1"}
	s.follow(&talking, &talking)
	assert.Equal(t, "s1", s.Transfer)
	ended := agent.View{Sessions: []wire.Session{{SessionID: "s1", State: wire.StateEnded}}}
	s.follow(&talking, &ended)
	assert.Empty(t, s.Transfer)

	back := agent.View{Sessions: []wire.Session{{SessionID: "s1", State: wire.StateTalking,
		TransferFailed: wire.ReasonDeclined}}}
	s.follow(&talking, &back)
	s.Apply(&back, Action{"read", "s1"}, "")
	s.follow(&back, &back)
	assert.Equal(t, "s1", s.Read)
	s.follow(&back, &talking)
	assert.Empty(t, s.Read, "the next failure is shown again")
}

func TestCallAColleague(t *testing.T) {
	s := &State{}
	s.Apply(&agent.View{}, Action{"menu", MenuDial}, "")
	assert.Equal(t, []Effect{askColleagues}, s.watched(&agent.View{Phase: agent.PhaseReady}, false))
	assert.Equal(t, []Effect{{"Call.startInternalCall", wire.InternalCallParams{CalleeUserID: "agent2@demo"}}},
		s.Apply(&agent.View{}, Action{"callAgent", "agent2@demo"}, ""))
	assert.Empty(t, s.Menu)
}
