package ui

// benchTexts are the words of the workbench.
type benchTexts struct {
	Sessions, NoSessions, History, SettingsTab, Groups              string
	Recent, Today, NothingYet, Earlier, Missed                      string
	PlayRecording, CallBack, OpenIt                                 string
	Recording, Play, Pause, Position, Speed, Download               string
	Channel, Both, CustomerOnly, AgentOnly, BothOnly, CannotPlay    string
	AllGroups, HungUpBy, AllEnds                                    string
	Queues, QueueWaiting, QueueLongest, QueueFree                   string
	MonitorTitle, MonitorListen, MonitorWhisper, MonitorBarge, InIt string
	Notifications, NotifyHint, NotifyAllow                          string
	NotifyOn, NotifyBlocked, NotifyNone                             string
	Keyboard, KeyboardHelp                                          string
	ForwardOut, NumberToAsk                                         string
	Level, TestSpeaker, TestRingtone, Camera                        string
	QualityWarn, LossRemedy, JitterRemedy, DelayRemedy              string
	Seat, ThisBrowser, DeskPhone, MobilePhone, PhoneAway, PickUp    string
}

var englishBench = benchTexts{
	Sessions: "Sessions", NoSessions: "No sessions", History: "History", SettingsTab: "Settings",
	Groups: "Skill groups", Recent: "Recent numbers", Today: "Today", NothingYet: "Nothing yet today",
	Earlier: "Show earlier ones", Missed: "Missed", AllGroups: "All groups", HungUpBy: "Who hung up",
	AllEnds: "However it ended", PlayRecording: "Play the recording", CallBack: "Call %s", OpenIt: "Open",
	Recording: "Recording", Play: "Play", Pause: "Pause", Position: "Position", Speed: "Speed", Download: "Download",
	Channel: "Channel", Both: "Both", CustomerOnly: "Customer", AgentOnly: "Agent", BothOnly: "Both sides only",
	CannotPlay: "The recording cannot be played. It may be gone. Try again in a moment.",
	Queues:     "Queues", QueueWaiting: "%d waiting", QueueLongest: "longest %s", QueueFree: "%d of %d free",
	MonitorTitle: "Supervisor", MonitorListen: "Listen", MonitorWhisper: "Whisper", MonitorBarge: "Barge in",
	InIt: "You are in this call", Notifications: "Notifications",
	NotifyHint:    "While this page is in the background, the system can tell you of calls.",
	NotifyAllow:   "Allow notifications",
	NotifyOn:      "You are told of calls while this page is in the background.",
	NotifyBlocked: "Notifications are blocked for this site. Allow them in the address bar.",
	NotifyNone:    "This browser has no notifications.",
	Keyboard:      "Keyboard", KeyboardHelp: "Tab moves between areas, the arrow keys inside lists, Escape closes what is open.",
	ForwardOut: "Outside number", NumberToAsk: "Number to ask",
	Level: "Level", TestSpeaker: "Test the speaker", TestRingtone: "Test the ringtone", Camera: "Camera",
	QualityWarn:  "The connection is poor",
	LossRemedy:   "%.0f %% of the sound is lost. Use a network cable or move closer to the router.",
	JitterRemedy: "The sound arrives unevenly (%d ms). Stop downloads and video on this network.",
	DelayRemedy:  "The sound takes long (%d ms). Leave the VPN if you can.",
	Seat:         "Where you talk", ThisBrowser: "This browser", DeskPhone: "Desk phone", MobilePhone: "Mobile phone",
	PhoneAway: "not reached, so no calls come", PickUp: "Pick up your telephone",
}

var chineseBench = benchTexts{
	Sessions: "会话", NoSessions: "暂无会话", History: "记录", SettingsTab: "设置", Groups: "技能组",
	Recent: "最近号码", Today: "今天", NothingYet: "今天还没有记录", Earlier: "更早的记录", Missed: "未接",
	AllGroups: "全部技能组", HungUpBy: "挂断方", AllEnds: "全部结束方式",
	PlayRecording: "播放录音", CallBack: "呼叫 %s", OpenIt: "打开",
	Recording: "录音", Play: "播放", Pause: "暂停", Position: "播放位置", Speed: "速度", Download: "下载",
	Channel: "声道", Both: "双方", CustomerOnly: "客户", AgentOnly: "坐席", BothOnly: "只能双方同听",
	CannotPlay: "无法播放录音。录音可能已删除，请稍后重试。",
	Queues:     "排队", QueueWaiting: "%d 人等待", QueueLongest: "最长 %s", QueueFree: "空闲 %d / %d",
	MonitorTitle: "班长", MonitorListen: "监听", MonitorWhisper: "耳语", MonitorBarge: "强插", InIt: "您在此通话中",
	Notifications: "通知", NotifyHint: "此页面在后台时，系统可以提醒您来电。", NotifyAllow: "允许通知",
	NotifyOn: "此页面在后台时会提醒您来电。", NotifyBlocked: "本网站的通知已被禁止，请在地址栏中允许。",
	NotifyNone: "此浏览器不支持通知。",
	Keyboard:   "键盘", KeyboardHelp: "Tab 键在区域间移动，方向键在列表内移动，Esc 键关闭已打开的内容。",
	ForwardOut: "外部号码", NumberToAsk: "要咨询的号码",
	Level: "音量", TestSpeaker: "测试扬声器", TestRingtone: "测试铃声", Camera: "摄像头",
	QualityWarn: "通话质量差", LossRemedy: "丢失了 %.0f %% 的声音。请使用网线，或靠近路由器。",
	JitterRemedy: "声音到达不均匀（%d 毫秒）。请停止此网络上的下载和视频。",
	DelayRemedy:  "声音延迟较大（%d 毫秒）。如可以，请断开 VPN。",
	Seat:         "通话方式", ThisBrowser: "此浏览器", DeskPhone: "话机", MobilePhone: "手机",
	PhoneAway: "无法接通，不接收来电", PickUp: "请拿起话机接听",
}
