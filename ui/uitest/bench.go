package uitest

import (
	"tccc/agent"
	"tccc/ui"
	"tccc/wire"
)

func addBench(add adder) {
	bench := func(name, tab string, change func(v *agent.View, s *ui.State)) {
		add("workbench"+name, func(v *agent.View, s *ui.State) {
			s.Workbench, s.Open, s.Tab = true, false, tab
			s.Queues, s.Notify = queues, ui.NotifyAsk
			change(v, s)
		})
	}
	same := func(*agent.View, *ui.State) {}
	two := func(v *agent.View, s *ui.State) {
		first, second := inbound(), inbound()
		first.State, first.AnsweredAt, first.HeldAt = wire.StateHeld, Now-83_000, Now-20_000
		second.SessionID, second.Caller, second.Location, second.IVRPath = "s2", "075583765566", "Shenzhen", nil
		second.State, second.AnsweredAt = wire.StateTalking, Now-12_000
		v.Sessions, v.State.Status, v.Mic = []wire.Session{first, second}, wire.StatusBusy, true
		s.Quality = ui.Quality{Level: 4, MOS: 4.3, RTTMs: 24, JitterMs: 3, Loss: .001}
	}
	bench("", "", two)
	bench(", free", "", same)
	bench(", offline", "", func(v *agent.View, _ *ui.State) { v.State.Status = wire.StatusOffline })
	bench(", ringing", "", func(v *agent.View, _ *ui.State) {
		v.Sessions, v.State.Status = []wire.Session{inbound()}, wire.StatusBusy
	})
	bench(", status menu", "", func(_ *agent.View, s *ui.State) { s.Menu = ui.MenuBenchStatus })
	bench(", after-call work", "", func(v *agent.View, _ *ui.State) {
		v.State.Status, v.State.Deadline = wire.StatusArrange, Now+18_000
	})
	bench(", poor connection", "", func(v *agent.View, s *ui.State) {
		two(v, s)
		v.Sessions = v.Sessions[1:]
		s.Quality = ui.Quality{Level: 2, MOS: 3.2, RTTMs: 310, JitterMs: 12, Loss: .06}
	})
	bench(", transfer", "", func(v *agent.View,
		s *ui.State) {
		two(v, s)
		s.Transfer, s.Colleagues = "s2", &colleagues
	})
	bench(", audio elsewhere", "", func(v *agent.View, _ *ui.State) { v.Elsewhere = true })
	bench(", call out", ui.TabDial, func(_ *agent.View, s *ui.State) { s.Number, s.History = "0755", &history })
	bench(", colleagues", ui.TabColleagues, func(_ *agent.View, s *ui.State) { s.Colleagues = &colleagues })
	bench(", colleagues of a supervisor", ui.TabColleagues, func(_ *agent.View, s *ui.State) {
		list := colleagues
		list.Agents = append([]wire.Colleague(nil), list.Agents...)
		list.Agents[1].SessionID = "other"
		s.Colleagues = &list
	})
	bench(", supervisor listens", "", func(v *agent.View, s *ui.State) {
		two(v, s)
		v.Sessions = v.Sessions[1:]
		v.Sessions[0].Monitor = wire.MonitorListen
	})
	bench(", history", ui.TabHistory, func(v *agent.View, s *ui.State) { s.History = &history })
	bench(", recording", ui.TabHistory, func(_ *agent.View, s *ui.State) { opened(s) })
	bench(", recording plays", ui.TabHistory, func(_ *agent.View, s *ui.State) {
		opened(s)
		s.Player.At, s.Player.Length, s.Player.Playing = 12, 184, true
		s.Player.Speed, s.Player.Channel = "1.5", ui.ChannelAgent
	})
	bench(", recording whole", ui.TabHistory, func(_ *agent.View, s *ui.State) {
		opened(s)
		s.Player.Whole = true
	})
	bench(", recording gone", ui.TabHistory, func(_ *agent.View, s *ui.State) {
		opened(s)
		s.Player.Failed = true
	})
	bench(", history during calls", ui.TabHistory, func(v *agent.View, s *ui.State) { two(v, s); s.History = &history })
	bench(", no history", ui.TabHistory, func(_ *agent.View, s *ui.State) { s.History = &wire.HistoryResult{} })
	bench(", settings", ui.TabSettings, func(_ *agent.View, s *ui.State) { s.Level = .05 })
	bench(", connecting", "", func(v *agent.View, _ *ui.State) { *v = agent.View{Phase: agent.PhaseConnecting} })
	bench(", desk phone", ui.TabSettings, func(v *agent.View, _ *ui.State) {
		v.Profile.Seats = []wire.ServerType{wire.StaffExtensionSeat, wire.StaffPhoneSeat}
		v.State.ServerType, v.State.PhoneAway = wire.StaffExtensionSeat, true
	})
	bench(", desk phone rings", "", func(v *agent.View, _ *ui.State) {
		v.State.ServerType, v.State.Status = wire.StaffExtensionSeat, wire.StatusBusy
		v.Sessions = []wire.Session{inbound()}
		v.Sessions[0].ServerType = wire.StaffExtensionSeat
	})
	bench(", video", "", func(v *agent.View, s *ui.State) {
		two(v, s)
		v.Sessions = v.Sessions[1:]
		n := &v.Sessions[0]
		n.Type, n.Nickname, n.PeerUserID, n.Caller, n.Callee, n.Location =
			wire.TypeVideo, "Zhang Wei", "v-1", "", "", ""
	})
	bench(", video with screens", "", func(v *agent.View, s *ui.State) {
		two(v, s)
		v.Sessions = v.Sessions[1:]
		n := &v.Sessions[0]
		n.Type, n.Nickname, n.PeerUserID, n.Caller, n.Callee, n.Location =
			wire.TypeVideo, "Zhang Wei", "v-1", "", "", ""
		n.ScreenShared, n.CustomerScreen = true, true
	})
	bench(", hostile history", ui.TabHistory, func(_ *agent.View, s *ui.State) {
		s.History = &wire.HistoryResult{Entries: []wire.HistoryEntry{{N: 1, SessionID: "h1", Type: wire.TypePhone,
			Direction: wire.Inbound,
			Caller:    Hostile, Nickname: Hostile, Remark: Hostile, SkillGroupID: Hostile, StartedAt: Now,
			CloseBy: wire.CloseAdmin, MainReason: Hostile}}}
	})
	bench(", hostile names", ui.TabColleagues, func(v *agent.View, s *ui.State) {
		ringing := inbound()
		ringing.Title, ringing.Remark = Hostile, Hostile
		v.Sessions, s.Colleagues = []wire.Session{ringing}, &wire.ColleaguesResult{
			Agents: []wire.Colleague{{UserID: Hostile, Name: Hostile, StaffNo: Hostile, Status: wire.StatusFree,
				SessionID: "other"}},
			Groups: []wire.ColleagueGroup{{SkillGroupID: Hostile, Name: Hostile}},
		}
	})
}

var queues = []wire.ColleagueGroup{
	{SkillGroupID: "sales", Name: "Sales", Free: 2, Online: 4},
	{SkillGroupID: "support", Name: "Support", Free: 0, Online: 3, Waiting: 5, WaitingSince: Now - 134_000},
}

// opened opens the recording of the newest call.
func opened(s *ui.State) {
	s.History = &history
	s.Apply(&agent.View{}, ui.Action{Name: "play", Arg: "h9"}, "")
}

var history = wire.HistoryResult{More: true, Entries: []wire.HistoryEntry{
	{N: 9, SessionID: "h9", Type: wire.TypePhone, Direction: wire.Inbound, Caller: "13800138000", Callee: "4001000003",
		SkillGroupID: "support",
		StartedAt:    Now - 600_000, AnsweredAt: Now - 595_000, Duration: 184_000, CloseBy: wire.CloseClient,
		Recording: "/recordings/h9"},
	{N: 8, SessionID: "h8", Type: wire.TypePhone, Direction: wire.Inbound, Caller: "075583765566",
		SkillGroupID: "support",
		StartedAt:    Now - 1_200_000, CloseBy: wire.CloseClient, Missed: true},
	{N: 7, SessionID: "h7", Type: wire.TypePhone, Direction: wire.Outbound, Caller: "4001000001", Callee: "10086",
		Remark:    "Asked to be called back after 3 pm",
		StartedAt: Now - 2_400_000, CloseBy: wire.CloseAdmin, MainReason: wire.ReasonBusy},
	{N: 6, SessionID: "h6", Type: wire.TypeIM, Direction: wire.Inbound, PeerUserID: "v-1", Nickname: "Zhang Wei",
		SkillGroupID: "sales",
		StartedAt:    Now - 3_000_000, AnsweredAt: Now - 2_990_000, Duration: 751_000, CloseBy: wire.CloseSeat},
	{N: 5, SessionID: "h5", Type: wire.TypePhone, Direction: wire.Outbound, Caller: "4001000001", Callee: "02161234567",
		StartedAt: Now - 4_000_000, AnsweredAt: Now - 3_990_000, Duration: 63_000, CloseBy: wire.CloseSeat,
		Recording: "/recordings/h5"},
}}
