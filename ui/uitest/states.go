// Package uitest holds every state that the interface can show, for tests and
// for the gallery.
package uitest

import (
	"tccc/agent"
	"tccc/ui"
	"tccc/wire"
)

// Now is the time at which the states are shown, in Unix milliseconds.
const Now = 1_767_225_600_000

// Case is one state of the interface.
type Case struct {
	Name  string
	View  agent.View
	State ui.State
}

// Hostile is a name as an attacker would choose it.
const Hostile = `<img src=x onerror=alert(1)>"&amp;`

// All lists every state in the language.
func All(lang ui.Lang) []Case {
	var cases []Case
	add := func(name string, change func(v *agent.View, s *ui.State)) {
		c := Case{Name: name, View: idle(),
			State: ui.State{Lang: lang, Button: true, Open: true, Place: ui.DefaultPlace, Busy: map[string]bool{},
				Devices: devices}}
		change(&c.View, &c.State)
		cases = append(cases, c)
	}
	addIdle(add)
	addCalls(add)
	addTrouble(add)
	addChats(add)
	addBench(add)
	return cases
}

type adder func(name string, change func(v *agent.View, s *ui.State))

func addIdle(add adder) {
	add("connecting", func(v *agent.View, _ *ui.State) { *v = agent.View{Phase: agent.PhaseConnecting} })
	add("free", func(*agent.View, *ui.State) {})
	add("free, number typed", func(_ *agent.View, s *ui.State) { s.Number = "10086" })
	add("status menu", func(_ *agent.View, s *ui.State) { s.Menu = ui.MenuStatus })
	add("busy shown", func(v *agent.View, _ *ui.State) { v.State.Status = wire.StatusNotReady })
	add("on break", func(v *agent.View, _ *ui.State) { v.State.Status, v.State.RestReason = wire.StatusRest, "Lunch" })
	add("after-call work", func(v *agent.View, _ *ui.State) {
		v.State.Status, v.State.Deadline = wire.StatusArrange, Now+18_000
	})
	add("offline", func(v *agent.View, _ *ui.State) { v.State.Status, v.Media = wire.StatusOffline, agent.MediaNone })
	add("dial pad", func(_ *agent.View, s *ui.State) { s.Menu, s.Number = ui.MenuDial, "+8613800138000" })
	add("devices", func(_ *agent.View, s *ui.State) { s.Menu, s.Level = ui.MenuDevices, .05 })
	add("devices without names", func(_ *agent.View, s *ui.State) {
		s.Menu, s.Devices = ui.MenuDevices, ui.Devices{Microphones: []ui.Device{{ID: "m1"}}}
	})
	add("folded", func(_ *agent.View, s *ui.State) { s.Open = false })
}

func addCalls(add adder) {
	session := func(v *agent.View, change func(*wire.Session)) {
		v.State.Status = wire.StatusBusy
		s := inbound()
		change(&s)
		v.Sessions = append(v.Sessions, s)
	}
	talking := func(s *wire.Session) { s.State, s.AnsweredAt = wire.StateTalking, Now-83_000 }
	held := func(s *wire.Session) { talking(s); s.State, s.HeldAt = wire.StateHeld, Now-20_000 }
	ringing := func(*wire.Session) {}
	second := func(s *wire.Session) {
		s.SessionID, s.Caller, s.Location, s.IVRPath = "s2", "075583765566", "Shenzhen", nil
	}

	add("ringing", func(v *agent.View, _ *ui.State) { session(v, ringing); v.Mic = true })
	add("ringing, folded", func(v *agent.View, s *ui.State) { session(v, ringing); s.Open = false })
	add("dialing", func(v *agent.View, _ *ui.State) {
		v.Mic = true
		session(v, func(s *wire.Session) {
			s.State, s.Direction, s.Caller, s.Callee, s.IVRPath =
				wire.StateDialing, wire.Outbound, "4001000001", "10086", nil
			s.Title, s.Remark = "Zhang Wei", "Asked to be called back after 3 pm"
		})
	})
	add("talking", func(v *agent.View, s *ui.State) {
		session(v, talking)
		v.Mic, s.Quality = true, ui.Quality{Level: 4, MOS: 4.3, RTTMs: 24, Loss: 0.001}
	})
	add("talking, muted, poor quality", func(v *agent.View, s *ui.State) {
		session(v, talking)
		v.Sessions[0].Muted = true
		v.Mic, s.Quality = true, ui.Quality{Level: 2, MOS: 3.2, RTTMs: 310, Loss: 0.06}
	})
	add("talking, status pending", func(v *agent.View, _ *ui.State) {
		session(v, talking)
		v.State.Pending = &wire.PendingStatus{Status: wire.StatusRest, RestReason: "Lunch"}
	})
	add("keypad", func(v *agent.View, s *ui.State) {
		session(v, talking)
		v.Mic, s.Keypad, s.Digits = true, "s1", "1042#"
	})
	add("held", func(v *agent.View, _ *ui.State) { session(v, held); v.Mic = true })
	add("transfer", func(v *agent.View, s *ui.State) {
		session(v, talking)
		v.Mic, s.Transfer, s.Colleagues = true, "s1", &colleagues
	})
	add("transfer, searched", func(v *agent.View, s *ui.State) {
		session(v, talking)
		v.Mic, s.Transfer, s.Colleagues, s.Find = true, "s1", &colleagues, "sup"
	})
	add("transfer, agents only", func(v *agent.View, s *ui.State) {
		session(v, talking)
		v.Mic, s.Transfer, s.Colleagues, s.Buttons =
			true, "s1", &colleagues, map[string]bool{ui.ButtonTransferSeat: true}
	})
	add("transferring", func(v *agent.View, _ *ui.State) {
		session(v, held)
		v.Sessions[0].Transfer = &wire.TransferTarget{UserID: "agent2@demo", Name: "Ben Li"}
	})
	add("transfer came back", func(v *agent.View, _ *ui.State) {
		session(v, talking)
		v.Mic, v.Sessions[0].TransferFailed = true, wire.ReasonDeclined
	})
	add("consultation", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) { held(s); s.ConsultSessionID = "s2" })
		session(v, func(s *wire.Session) {
			*s = wire.Session{SessionID: "s2", Type: wire.TypeInternal, State: wire.StateTalking,
				Direction:  wire.Outbound,
				PeerUserID: "agent2@demo", Title: "Ben Li", AnsweredAt: Now - 5_000, ConsultOf: "s1"}
		})
		v.Mic = true
	})
	add("consultation rings", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) { held(s); s.ConsultSessionID = "s2" })
		session(v, func(s *wire.Session) {
			*s = wire.Session{SessionID: "s2", Type: wire.TypeInternal, State: wire.StateDialing,
				Direction:  wire.Outbound,
				PeerUserID: "agent2@demo", Title: "Ben Li", OfferedAt: Now - 5_000, ConsultOf: "s1"}
		})
		v.Mic = true
	})
	add("conference", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) { talking(s); s.Conference = true })
		v.Mic = true
	})
	add("colleagues to call", func(_ *agent.View, s *ui.State) { s.Menu, s.Colleagues = ui.MenuDial, &colleagues })
	add("internal call", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) {
			*s = wire.Session{SessionID: "s1", Type: wire.TypeInternal, State: wire.StateTalking,
				Direction:  wire.Outbound,
				PeerUserID: "agent2@demo", Callee: "agent2@demo", Title: "Ben Li", AnsweredAt: Now - 5_000}
		})
		v.Mic = true
	})
	add("second call rings", func(v *agent.View, _ *ui.State) {
		session(v, talking)
		session(v, func(s *wire.Session) { second(s) })
		v.Mic = true
	})
	add("two calls", func(v *agent.View, _ *ui.State) {
		session(v, held)
		session(v, func(s *wire.Session) { second(s); s.State, s.AnsweredAt = wire.StateTalking, Now-12_000 })
		v.Mic = true
	})
	add("talking, folded", func(v *agent.View, s *ui.State) { session(v, talking); s.Open = false })
	add("ended by the customer", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) {
			talking(s)
			s.State, s.EndedAt, s.CloseBy = wire.StateEnded, Now, wire.CloseClient
		})
		v.State.Status = wire.StatusFree
	})
	add("ended by the system", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) {
			s.State, s.Direction, s.Callee, s.EndedAt, s.CloseBy =
				wire.StateEnded, wire.Outbound, "10000", Now, wire.CloseAdmin
			s.MainReason, s.SubReason, s.IVRPath = wire.ReasonBusy, "486 Busy Here", nil
		})
		v.State.Status = wire.StatusFree
	})
	add("hostile names", func(v *agent.View, _ *ui.State) {
		session(v, func(s *wire.Session) {
			s.Title, s.Location, s.Remark, s.IVRPath =
				Hostile, Hostile, Hostile, []wire.PathKey{{Key: Hostile, Label: Hostile}}
		})
	})
}

func addTrouble(add adder) {
	add("reconnecting during a call", func(v *agent.View, _ *ui.State) {
		s := inbound()
		s.State, s.AnsweredAt = wire.StateTalking, Now-83_000
		v.Sessions, v.State.Status, v.Phase, v.Media =
			[]wire.Session{s}, wire.StatusBusy, agent.PhaseReconnecting, agent.MediaLost
	})
	add("microphone blocked", func(v *agent.View, _ *ui.State) { v.Notice = wire.ErrMicDenied })
	add("audio in another tab", func(v *agent.View, _ *ui.State) { v.Elsewhere = true })
	add("desk phone", func(v *agent.View, _ *ui.State) { v.State.ServerType = wire.StaffExtensionSeat })
	add("desk phone away", func(v *agent.View, _ *ui.State) {
		v.State.ServerType, v.State.PhoneAway = wire.StaffExtensionSeat, true
	})
	add("sound blocked", func(_ *agent.View, s *ui.State) { s.MediaNotice = wire.ErrAutoplay })
	add("an action failed", func(_ *agent.View, s *ui.State) { s.Failure = wire.ErrNoCallerNumber })
	add("kicked out", func(v *agent.View, _ *ui.State) { v.Phase = agent.PhaseKicked })
	add("refused", func(v *agent.View, _ *ui.State) { v.Phase, v.Notice = agent.PhaseRefused, wire.ErrTokenExpired })
	add("hidden", func(_ *agent.View, s *ui.State) { s.Hidden = true })
}

func idle() agent.View {
	return agent.View{
		Phase: agent.PhaseReady,
		Profile: wire.AgentProfile{UserID: "agent1@demo", Name: "Li Na", StaffNo: "101", SkillGroups: []wire.SkillGroup{
			{ID: "sales", Name: "Sales", Types: []wire.SessionType{wire.TypePhone}},
			{ID: "support", Name: "Support", Types: []wire.SessionType{wire.TypePhone, wire.TypeIM}},
		}},
		State:    wire.AgentState{Status: wire.StatusFree, Since: Now - 245_000},
		Settings: wire.Settings{BreakReasons: []string{"Lunch", "Training"}, ArrangeSeconds: 30},
		Media:    agent.MediaConnected,
	}
}

func inbound() wire.Session {
	return wire.Session{
		SessionID: "s1", Type: wire.TypePhone, State: wire.StateRinging, Direction: wire.Inbound,
		Caller: "13800138000", Callee: "4001000003", Location: "Guangdong Shenzhen", SkillGroupID: "support",
		IVRPath:   []wire.PathKey{{Key: "2", Label: "Support"}, {Key: "1", Label: "Orders"}},
		OfferedAt: Now - 4_000, RingDeadline: Now + 8_000,
	}
}

var colleagues = wire.ColleaguesResult{
	Agents: []wire.Colleague{
		{UserID: "agent2@demo", Name: "Ben Li", StaffNo: "102", Status: wire.StatusFree, Since: Now - 61_000},
		{UserID: "agent3@demo", Name: "Carla Chen", StaffNo: "103", Status: wire.StatusBusy, Since: Now - 192_000},
		{UserID: "agent4@demo", Name: "Dora Wu", StaffNo: "104", Status: wire.StatusOffline},
	},
	Groups: []wire.ColleagueGroup{
		{SkillGroupID: "sales", Name: "Sales"},
		{SkillGroupID: "support", Name: "Support", Free: 1, Online: 2, Waiting: 3, WaitingSince: Now - 47_000},
	},
}

var devices = ui.Devices{
	Microphones: []ui.Device{{ID: "default", Label: "Default"}, {ID: "m1", Label: "Headset microphone (USB)"},
		{ID: "m2", Label: "Built-in microphone"}},
	Speakers: []ui.Device{{ID: "default", Label: "Default"}, {ID: "o1", Label: "Headset (USB)"},
		{ID: "o2", Label: "Built-in speakers"}},
	Cameras:          []ui.Device{{ID: "c1", Label: "Built-in camera"}},
	Microphone:       "m1",
	Speaker:          "o1",
	Ringtone:         "o2",
	SelectableOutput: true,
}
