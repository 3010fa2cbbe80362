package ui

import "tccc/wire"

// Lang is a language of the interface.
type Lang string

// Languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// texts are all words of the interface. Every field is set in every language;
// a test sees to it.
type texts struct {
	CallBar, Workbench, OpenCallBar, FoldCallBar, OpenWorkbench, CloseWorkbench string

	Free, Busy, Arrange, NotReady, Rest, Offline      string
	ChangeStatus, GoOnline, AfterCall, AfterThis      string
	FinishNow, InChat                                 string
	Connecting, Reconnecting, Refused, Kicked         string
	Closed, AudioReady, AudioConnecting               string
	AudioLost, AudioFailed, AudioNone, MicOn          string
	Incoming, IncomingFrom, Dialing, Talking          string
	OnHold, Ended, SecondsLeft                        string
	Accept, AcceptHold, Decline, HangUp, Complete     string
	Mute, Unmute, Muted, Hold, Resume, Keypad         string
	SwitchTo, Calls, Waiting, NotWaiting              string
	CallOut, NumberToCall, Call, Erase, Digits        string
	Devices, Microphone, Speaker, Ringtone            string
	SystemDefault, UnnamedDevice, AllowToName         string
	NoOutputChoice, Allow, TakeOver, Dismiss, Unknown string
	Via, Pressed, Group, Internal                     string
	QualityGood, QualityFair, QualityPoor             string
	QualityBad, QualityUnknown, QualityDetail         string
	Drag                                              string
	Transfer, TransferTo, Transferring, TakeBack      string
	TransferFailed, Colleagues, Nobody, Find          string
	GroupState, EndedByColleague, AskFirst, Asking    string
	HandOver, Conference, BackToCustomer              string

	EndedByCustomer, EndedByAgent, EndedByTimer, EndedBySystem string
	benchTexts
	chatTexts
	videoTexts
	Reasons reasonTexts
}

var english = texts{
	CallBar: "Call bar", Workbench: "Workbench", OpenCallBar: "Open the call bar", FoldCallBar: "Fold the call bar",
	OpenWorkbench: "Open the workbench", CloseWorkbench: "Close the workbench",

	Free: "Free", Busy: "Engaged", InChat: "In a chat", Arrange: "After-call work", NotReady: "Busy", Rest: "On break",
	Offline: "Offline", ChangeStatus: "Change status", GoOnline: "Go online", AfterCall: "After-call work",
	AfterThis:  "After this: %s",
	FinishNow:  "Finish now",
	Connecting: "Connecting…", Reconnecting: "Connection lost. Reconnecting…", Refused: "Login failed",
	Kicked: "You have logged in elsewhere", Closed: "The call bar has ended", AudioReady: "Audio ready",
	AudioConnecting: "Connecting audio…", AudioLost: "Audio interrupted", AudioFailed: "Audio failed",
	AudioNone: "Audio not connected", MicOn: "Microphone on", Incoming: "Incoming call",
	IncomingFrom: "Incoming call from %s", Dialing: "Calling…", Talking: "In conversation", OnHold: "On hold",
	Ended: "Call ended", SecondsLeft: "%d s", Accept: "Accept", AcceptHold: "Hold and accept", Decline: "Decline",
	HangUp: "Hang up", Complete: "Done", Mute: "Mute", Unmute: "Unmute", Muted: "Muted", Hold: "Hold", Resume: "Resume",
	Keypad: "Keypad", SwitchTo: "Switch to this call", Calls: "Calls", Waiting: "Ready for calls",
	NotWaiting: "You receive no calls in this status", CallOut: "Call out", NumberToCall: "Number to call",
	Call: "Call", Erase: "Delete the last digit", Digits: "Digits sent", Devices: "Devices", Microphone: "Microphone",
	Speaker: "Speaker", Ringtone: "Ringtone", SystemDefault: "System default", UnnamedDevice: "Device %d",
	AllowToName:    "Names appear once the microphone is allowed.",
	NoOutputChoice: "This browser plays sound on the system's default device.", Allow: "Allow microphone",
	TakeOver: "Take over here", Dismiss: "Dismiss", Unknown: "Unknown number", Via: "Called %s",
	Pressed: "Keys pressed", Group: "Skill group", Internal: "Internal", QualityGood: "Good connection",
	QualityFair: "Fair connection", QualityPoor: "Poor connection", QualityBad: "Bad connection",
	QualityUnknown: "Quality not measured yet",
	QualityDetail:  "%s: score %.1f, round trip %d ms, loss %.1f %%",
	Drag:           "Drag, or move with the arrow keys",
	Transfer:       "Transfer", TransferTo: "Transfer to", Transferring: "Transferring to %s…", TakeBack: "Take back",
	TransferFailed: "The transfer came back", Colleagues: "Colleagues", Nobody: "Nobody found", Find: "Search",
	GroupState: "%d free of %d, %d waiting", EndedByColleague: "Your colleague hung up",
	AskFirst: "Ask first", Asking: "The customer waits while you ask %s", HandOver: "Hand over",
	Conference: "Conference", BackToCustomer: "Back to the customer",

	EndedByCustomer: "The customer hung up", EndedByAgent: "You ended the call", EndedByTimer: "Not answered in time",
	EndedBySystem: "Ended by the system",
	benchTexts:    englishBench,
	chatTexts:     englishChat,
	videoTexts: videoTexts{ShareScreen: "Share screen", StopScreen: "Stop sharing",
		CustomerScreen: "Screen of the customer",
		CameraOn:       "Camera on", CameraOff: "Camera off", CustomerPicture: "Picture of the customer",
		OwnPicture: "Own picture"},
	Reasons: reasonTexts{
		{wire.ReasonBusy, "The line is busy"}, {wire.ReasonNoAnswer, "No answer"},
		{wire.ReasonDeclined, "The call was declined"}, {wire.ReasonUnreachable, "The number cannot be reached"},
		{wire.ReasonRejectedTrunk, "The trunk refused the call"},
		{wire.ReasonQueueTimeout, "Nobody took the call in time"}, {wire.ReasonNoAgent, "No agent is online"},
		{wire.ReasonNetworkLost, "The network connection was lost"},
		{wire.ReasonAgentLost, "Your browser lost its connection"},
		{wire.ReasonGatewayRestart, "The gateway was restarted"},
		{wire.ReasonMaxDuration, "The longest duration was reached"}, {wire.ReasonQueueFull, "The queue is full"},
		{wire.ReasonCancelled, "The transfer was taken back"},
		{wire.ReasonRemoved, "A colleague removed you from the conference"},
		{wire.ReasonIdle, "Nobody wrote any more"}, {wire.ReasonCustomerGone, "The customer left"},
	},
}

var chinese = texts{
	CallBar: "通话条", Workbench: "工作台", OpenCallBar: "展开通话条", FoldCallBar: "收起通话条",
	OpenWorkbench: "打开工作台", CloseWorkbench: "关闭工作台",

	Free: "空闲", Busy: "服务中", InChat: "会话中", Arrange: "话后整理", NotReady: "示忙", Rest: "小休", Offline: "离线",
	ChangeStatus: "切换状态", GoOnline: "上线", AfterCall: "话后整理", AfterThis: "结束后：%s",
	FinishNow:  "立即结束",
	Connecting: "正在连接…", Reconnecting: "连接已断开，正在重连…", Refused: "登录失败", Kicked: "账号已在别处登录",
	Closed: "通话条已停止", AudioReady: "语音就绪", AudioConnecting: "正在连接语音…",
	AudioLost: "语音中断", AudioFailed: "语音连接失败", AudioNone: "语音未连接", MicOn: "麦克风已开启",
	Incoming: "来电", IncomingFrom: "%s 来电", Dialing: "正在呼叫…", Talking: "通话中",
	OnHold: "保持中", Ended: "通话结束", SecondsLeft: "%d 秒",
	Accept: "接听", AcceptHold: "保持并接听", Decline: "拒接", HangUp: "挂断", Complete: "完成",
	Mute: "静音", Unmute: "取消静音", Muted: "已静音", Hold: "保持", Resume: "恢复", Keypad: "键盘",
	SwitchTo: "切换到此通话", Calls: "通话", Waiting: "等待来电", NotWaiting: "当前状态不接收来电",
	CallOut: "外呼", NumberToCall: "呼叫号码", Call: "呼叫", Erase: "删除末位", Digits: "已发送按键",
	Devices: "设备", Microphone: "麦克风", Speaker: "扬声器", Ringtone: "铃声",
	SystemDefault: "系统默认", UnnamedDevice: "设备 %d", AllowToName: "允许使用麦克风后显示设备名称。",
	NoOutputChoice: "此浏览器只能使用系统默认输出设备。", Allow: "允许麦克风", TakeOver: "在此接管", Dismiss: "知道了", Unknown: "未知号码",
	Via: "被叫 %s", Pressed: "按键路径", Group: "技能组", Internal: "内部",
	QualityGood: "通话质量良好", QualityFair: "通话质量一般", QualityPoor: "通话质量较差",
	QualityBad: "通话质量很差", QualityUnknown: "尚未测得通话质量", QualityDetail: "%s：评分 %.1f，往返 %d 毫秒，丢包 %.1f %%",
	Drag:     "拖动，或用方向键移动",
	Transfer: "转接", TransferTo: "转接到", Transferring: "正在转接给 %s…", TakeBack: "取回",
	TransferFailed: "转接未成功，通话已返回", Colleagues: "同事", Nobody: "未找到", Find: "搜索",
	GroupState: "空闲 %d / 在线 %d，排队 %d", EndedByColleague: "同事已挂断",
	AskFirst: "先咨询", Asking: "客户等待中，正在咨询 %s", HandOver: "完成转接", Conference: "三方通话", BackToCustomer: "返回客户",

	EndedByCustomer: "客户已挂断", EndedByAgent: "您已结束通话", EndedByTimer: "超时未接听", EndedBySystem: "系统结束通话",
	benchTexts: chineseBench,
	chatTexts:  chineseChat,
	videoTexts: videoTexts{ShareScreen: "共享屏幕", StopScreen: "停止共享", CustomerScreen: "客户的屏幕", CameraOn: "打开摄像头",
		CameraOff: "关闭摄像头", CustomerPicture: "客户画面", OwnPicture: "我的画面"},
	Reasons: reasonTexts{
		{wire.ReasonBusy, "对方忙"}, {wire.ReasonNoAnswer, "无人接听"}, {wire.ReasonDeclined, "对方拒接"},
		{wire.ReasonUnreachable, "号码无法接通"}, {wire.ReasonRejectedTrunk, "线路拒绝呼叫"},
		{wire.ReasonQueueTimeout, "排队超时"}, {wire.ReasonNoAgent, "没有在线客服"},
		{wire.ReasonNetworkLost, "网络连接中断"}, {wire.ReasonAgentLost, "您的浏览器连接中断"},
		{wire.ReasonGatewayRestart, "网关已重启"}, {wire.ReasonMaxDuration, "达到最长通话时间"},
		{wire.ReasonQueueFull, "队列已满"}, {wire.ReasonCancelled, "转接已取回"}, {wire.ReasonRemoved, "您被同事移出了会议"},
		{wire.ReasonIdle, "长时间无消息"}, {wire.ReasonCustomerGone, "客户已离开"},
	},
}

func textsOf(lang Lang) *texts {
	if lang == Chinese {
		return &chinese
	}
	return &english
}

// explain gives the message and the remedy of an error in the language.
func explain(lang Lang, e *wire.Error) (message, remedy string) {
	table := englishErrors
	if lang == Chinese {
		table = chineseErrors
	}
	if i := table.index(e.Code); i >= 0 {
		return table[i].message, table[i].remedy
	}
	return e.Message, e.Remedy
}

// errorTexts and reasonTexts are lists, not maps: lists are data, while a map is
// built at the start of the program by as much code as there are entries.
type errorTexts []struct {
	code            int
	message, remedy string
}

func (t errorTexts) index(code int) int {
	for i := range t {
		if t[i].code == code {
			return i
		}
	}
	return -1
}

type reasonTexts []struct{ reason, text string }

// of gives the words of a reason, "" if there are none.
func (t reasonTexts) of(reason string) string {
	for i := range t {
		if t[i].reason == reason {
			return t[i].text
		}
	}
	return ""
}

// englishErrors reword what the catalogue says to developers for agents.
var englishErrors = errorTexts{
	{5010, "Audio is in another tab", "Microphone, sound and ringtone are there; calls can be handled here as well."},
	{5006, "Sound is still off", "Click anywhere on this page to turn it on."},
}

// chineseErrors translate the catalogue for agents: message and remedy.
var chineseErrors = errorTexts{
	{1001, "参数无效", "请更正错误所指的参数"},
	{1002, "此功能尚不可用", "请升级网关"},
	{1003, "此浏览器无法运行通话条", "请使用新版 Chrome、Edge、Firefox 或 Safari"},
	{1004, "通话条已卸载", "请重新加载页面"},
	{1005, "操作超时", "请重试；如仍失败，请检查网络"},
	{1006, "程序出错，正在重新启动", "请稍候"},
	{1007, "程序无法加载", "请检查网络后刷新页面"},
	{1008, "消息无效", "请使用网关提供的通话条"},
	{1009, "浏览器禁止存储", "可以继续使用；刷新页面后需重新登录"},
	{2001, "登录凭证无效", "请刷新页面重新登录"},
	{2002, "登录凭证已过期", "请刷新页面重新登录"},
	{2003, "尚未登录", "请等待登录完成"},
	{2004, "账号已在别处登录", "刷新页面可重新登录"},
	{2005, "没有权限", "请联系管理员"},
	{2006, "账号未启用", "请联系管理员"},
	{2007, "账号已在另一台机器上登录", "请先在那里退出，或稍候再试"},
	{3001, "不能设置此状态", "请选择其他状态"},
	{3002, "未配置此小休原因", "请选择已配置的原因"},
	{3003, "您处于离线状态", "请先上线"},
	{4001, "会话不存在或已结束", "请选择当前的会话"},
	{4002, "当前会话状态不允许此操作", "请查看会话状态"},
	{4003, "电话号码无效", "号码应为 3 至 32 位数字，可带加号"},
	{4004, "没有可用的外呼号码", "请联系管理员配置外呼号码"},
	{4005, "已有一个外呼正在建立", "请等待接通或结束"},
	{4006, "按键无法发送", "只能发送 0-9、*、#、A-D"},
	{4007, "转接需要且只能有一个目标", "请选择一个目标"},
	{4008, "转接目标暂不可用", "请选择其他目标或稍后重试"},
	{4009, "没有此客服账号", "请更正账号"},
	{4010, "会话数已达上限", "请先结束一个会话"},
	{4011, "线路无法建立呼叫", "请稍后重试或联系管理员"},
	{4012, "该客服未配置手机号", "请联系管理员配置手机号"},
	{4013, "这条消息无法发送", "请修改消息，文字不超过 8 kB"},
	{4014, "这个文件无法发送", "请发送允许类型的较小文件"},
	{4015, "没有这个技能组", "请选择列出的技能组"},
	{4016, "无法接通您的话机", "请检查话机，或改用浏览器接听"},
	{4017, "无法使用该接听方式", "请选择其他方式，或联系管理员配置手机或话机"},
	{5001, "麦克风被禁止", "请在地址栏中允许本网站使用麦克风后重试"},
	{5002, "未找到麦克风", "请连接耳机或麦克风后重试"},
	{5003, "麦克风无法打开", "请关闭占用麦克风的程序或选择其他设备"},
	{5004, "设备需要安全页面", "请通过 https 访问"},
	{5005, "语音连接失败", "请检查防火墙是否放行网关媒体端口"},
	{5006, "浏览器尚未允许播放声音", "请点击页面任意位置"},
	{5007, "设备不存在", "请从设备列表中选择"},
	{5008, "此浏览器不支持该设备功能", "请使用新版 Chrome、Edge、Firefox 或 Safari"},
	{5009, "语音协商失败", "请使用网关提供的通话条"},
	{5010, "语音在另一个标签页中", "麦克风、声音和铃声在那里；此处也可处理通话"},
	{5011, "摄像头被禁用", "请在地址栏中允许本网站使用摄像头，然后重试"},
	{5012, "未找到摄像头", "请连接摄像头，或只用语音继续"},
	{5013, "屏幕未共享", "请重新点击共享，选择屏幕、窗口或标签页；并在系统设置中允许浏览器录制屏幕"},
	{5014, "此浏览器不能共享屏幕", "请使用电脑上的浏览器"},
	{5021, "麦克风没有声音", "请打开耳机或系统中的麦克风，或选择其他设备"},
	{5022, "到网关媒体端口的 UDP 不通", "请在防火墙放行网关媒体端口的 UDP；目前通话改用 TCP，丢包时音质较差"},
	{5023, "到网关媒体端口的 TCP 不通", "请放行网关媒体端口的 TCP，供屏蔽 UDP 的网络使用"},
	{5024, "网络质量不足以通话", "请使用网线或靠近无线接入点，并停止下载"},
	{6001, "与网关的连接已断开", "正在重连，请稍候"},
	{6002, "此页面来源不允许访问网关", "请联系管理员"},
	{6003, "无法建立到网关的 WebSocket 连接", "请联系管理员检查代理与防火墙"},
	{6004, "浏览器拒绝了跨域请求", "请联系管理员检查网关的来源设置"},
	{7001, "网关内部错误", "请重试；如仍失败，请联系管理员"},
	{7002, "请求过多", "请稍候再试"},
	{7003, "网关正在关闭", "将自动重连，请稍候"},
}
