// What the customers' page says, in English and Chinese.

const TEXTS = {
  en: {
    title: 'Customer service', messages: 'Messages', write: 'Write a message', send: 'Send', attach: 'Send an image or a file', end: 'End the chat',
    close: 'Close', welcome: 'How can we help?', welcomeHint: 'Write a message: it reaches us at once.', welcomeChoice: 'Write a message, or choose whom you want to talk to.', groups: 'Whom do you want to talk to?',
    connecting: 'Connecting…', offline: 'No connection. What you write is sent when it is back.', refused: 'The chat cannot be used here: ',
    bot: 'Assistant', answers: 'Answers automatically', queued: 'Waiting for an agent', position: (n) => 'You are number ' + n + ' in the queue', ringing: 'An agent is being asked…',
    talking: 'Is here for you', held: 'Back in a moment', ended: 'The chat has ended.', idle: 'We usually answer within minutes', again: 'New chat',
    endAsk: 'End this chat?', endYes: 'End', endNo: 'Go on', typing: (name) => (name || 'Agent') + ' is typing', agent: 'Agent', you: 'You',
    sending: 'Sending', sent: 'Sent', read: 'Read', failed: 'Not sent: ', failedEnded: 'the chat had ended', resend: 'Send again', resendNew: 'Send in a new chat',
    drop: 'Drop it here to send it', uploading: 'Sending', cancel: 'Cancel', retry: 'Try again', dismiss: 'Dismiss', lost: 'the connection was lost',
    tooLarge: (mb) => 'a file may have ' + mb + ' MB', empty: 'the file is empty', tooLong: 'The message is too long.', older: 'Earlier messages',
    newer: 'New messages', openImage: 'Open the image', download: 'Download', today: 'Today', order: 'Order',
    notice: {
      queued: () => 'You are in the queue. An agent will be with you soon.', accepted: (m) => (m.name || 'An agent') + ' is here.',
      transferred: (m) => 'You are being passed on' + (m.name ? ' to ' + m.name : '') + '.', ended: () => 'The chat has ended.',
      timeout: () => 'The chat has ended, because nobody wrote any more.', nobody: () => 'Sorry, nobody is free at the moment. Please try again later.',
    },
  },
  zh: {
    title: '在线客服', messages: '消息', write: '输入消息', send: '发送', attach: '发送图片或文件', end: '结束会话',
    close: '关闭', welcome: '请问有什么可以帮您？', welcomeHint: '直接输入消息即可。', welcomeChoice: '直接输入消息，或选择咨询对象。', groups: '您想咨询哪个部门？',
    connecting: '正在连接…', offline: '网络已断开，恢复后将自动发送您输入的内容。', refused: '无法在此使用在线客服：',
    bot: '智能助手', answers: '自动回复', queued: '正在等待客服', position: (n) => '您排在第 ' + n + ' 位', ringing: '正在为您接通客服…',
    talking: '正在为您服务', held: '请稍候', ended: '会话已结束。', idle: '通常几分钟内回复', again: '新会话',
    endAsk: '要结束会话吗？', endYes: '结束', endNo: '继续', typing: (name) => (name || '客服') + ' 正在输入', agent: '客服', you: '我',
    sending: '发送中', sent: '已发送', read: '已读', failed: '未发送：', failedEnded: '会话已结束', resend: '重新发送', resendNew: '在新会话中发送',
    drop: '拖放到此处发送', uploading: '正在发送', cancel: '取消', retry: '重试', dismiss: '关闭', lost: '网络已断开',
    tooLarge: (mb) => '文件不能超过 ' + mb + ' MB', empty: '文件为空', tooLong: '消息太长。', older: '更早的消息',
    newer: '新消息', openImage: '查看图片', download: '下载', today: '今天', order: '订单',
    notice: {
      queued: () => '您已进入排队，客服将尽快为您服务。', accepted: (m) => (m.name || '客服') + ' 为您服务。',
      transferred: (m) => '正在为您转接' + (m.name ? '到 ' + m.name : '') + '。', ended: () => '会话已结束。',
      timeout: () => '长时间没有新消息，会话已结束。', nobody: () => '抱歉，目前没有空闲客服，请稍后再试。',
    },
  },
};

export const lang = (navigator.language || 'en').toLowerCase().startsWith('zh') ? 'zh' : 'en';
export const T = TEXTS[lang];
const locale = lang === 'zh' ? 'zh-CN' : navigator.language || 'en';

// translate puts the texts into the elements that name them.
export function translate(root) {
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  for (const e of root.querySelectorAll('[data-t]')) e.textContent = T[e.dataset.t];
  for (const e of root.querySelectorAll('[data-t-label]')) {
    e.setAttribute('aria-label', T[e.dataset.tLabel]);
    if (e.tagName === 'BUTTON') e.title = T[e.dataset.tLabel];
  }
  for (const e of root.querySelectorAll('[data-t-placeholder]')) e.placeholder = T[e.dataset.tPlaceholder];
}

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short' });
export const timeOf = (at) => clock.format(new Date(at));
export const dayOf = (at) => (new Date(at).toDateString() === new Date().toDateString() ? T.today : date.format(new Date(at)));

// sizeOf is a size in words.
export function sizeOf(bytes) {
  if (bytes < 1000) return bytes + ' B';
  if (bytes < 1e6) return Math.round(bytes / 1000) + ' kB';
  return (bytes / 1e6).toFixed(1) + ' MB';
}

// reasonOf is what a customer needs to know of an error of the gateway.
export const reasonOf = (err) => err.detail || err.message || String(err);
