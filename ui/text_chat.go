package ui

// chatTexts are the words of chats.
type chatTexts struct {
	NewChat, ChatFrom, ChatEnded, EndChat, OpenChat, Messages, Visitor string
	You, BotName, WriteTo, Send, Attach, TooLong, DropHere             string
	Sending, NotSent, SendAgain, Discard, Sent, Delivered, ReadMark    string
	TypingNow, Typing, Draft, ImageName, FileName, CardName, OrderName string
	Older, LoadingOlder, NewMessages, ChatOnline, ChatAway             string
	DayToday, DayYesterday, CustomerData, NothingWritten               string
	CustomerLeft, ClosedByYou, ClosedBySilence, Unread, Waits          string
	Notices                                                            reasonTexts
}

var englishChat = chatTexts{
	NewChat: "New chat", ChatFrom: "New chat from %s", ChatEnded: "Chat ended", EndChat: "End chat",
	OpenChat: "Open chat", Messages: "Messages", Visitor: "Visitor",
	You: "You", BotName: "Bot", WriteTo: "Message to %s", Send: "Send", Attach: "Attach files",
	TooLong: "Too long: %d of %d bytes", DropHere: "Drop files to send them",
	Sending: "Sending", NotSent: "Not sent", SendAgain: "Send again", Discard: "Discard", Sent: "Sent",
	Delivered: "Delivered", ReadMark: "Read", TypingNow: "%s is typing", Typing: "typing…", Draft: "Draft: %s",
	ImageName: "Image", FileName: "File", CardName: "Card", OrderName: "Order", Older: "Older messages",
	LoadingOlder: "Loading…", NewMessages: "New messages", ChatOnline: "Online", ChatAway: "Away", DayToday: "Today",
	DayYesterday: "Yesterday", CustomerData: "Customer data", NothingWritten: "Nothing written yet",
	CustomerLeft: "The customer ended the chat", ClosedByYou: "You ended the chat",
	ClosedBySilence: "Nobody wrote for a while", Unread: "%d unread",
	Waits: "Waiting for an answer",
	Notices: reasonTexts{
		{"queued", "Waits for an agent"}, {"accepted", "%s has joined"}, {"transferred", "Transferred to %s"},
		{"ended", "The chat has ended"}, {"timeout", "Nobody wrote for a while"}, {"nobody", "No agent was there"},
	},
}

var chineseChat = chatTexts{
	NewChat: "新会话", ChatFrom: "%s 的新会话", ChatEnded: "会话已结束", EndChat: "结束会话", OpenChat: "打开会话",
	Messages: "消息", Visitor: "访客",
	You: "您", BotName: "机器人", WriteTo: "发送给 %s", Send: "发送", Attach: "添加文件",
	TooLong: "过长：%d / %d 字节", DropHere: "松开以发送文件",
	Sending: "发送中", NotSent: "未发送", SendAgain: "重新发送", Discard: "丢弃", Sent: "已发送", Delivered: "已送达", ReadMark: "已读",
	TypingNow: "%s 正在输入", Typing: "正在输入…", Draft: "草稿：%s", ImageName: "图片", FileName: "文件", CardName: "卡片",
	OrderName: "订单", Older: "更早的消息", LoadingOlder: "加载中…", NewMessages: "新消息", ChatOnline: "在线", ChatAway: "离开",
	DayToday: "今天", DayYesterday: "昨天", CustomerData: "客户资料", NothingWritten: "还没有消息",
	CustomerLeft: "客户已结束会话", ClosedByYou: "您已结束会话", ClosedBySilence: "长时间无人发言",
	Unread: "%d 条未读", Waits: "等待回复",
	Notices: reasonTexts{
		{"queued", "等待人工客服"}, {"accepted", "%s 已加入"}, {"transferred", "已转接给 %s"},
		{"ended", "会话已结束"}, {"timeout", "长时间无人发言"}, {"nobody", "没有客服接待"},
	},
}
