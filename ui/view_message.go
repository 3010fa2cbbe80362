package ui

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tccc/agent"
	"tccc/wire"
)

// apart is the time between two messages of a side from which on they are
// shown apart, in milliseconds.
const apart = 120_000

// logCache keeps what was drawn of a conversation: what it was drawn from
// changes seldom, while frames are many.
type logCache struct {
	of   logInput
	node *Node
}

type logInput struct {
	session         string
	lang            Lang
	first           *wire.Message
	messages        int
	out             *agent.Outgoing
	read, delivered uint64
	day             int
	name            string
	loading         bool
}

// chatLog is the list of messages.
func (m *model) chatLog(s *wire.Session, c *agent.Chat) *Node {
	of := logInput{session: s.SessionID, lang: m.s.Lang, messages: len(c.Messages), day: dayOf(m.now), name: m.name(s),
		loading: c.Loading}
	if of.messages > 0 {
		of.first = &c.Messages[0]
	}
	if len(c.Outbox) > 0 {
		of.out = &c.Outbox[0]
	}
	if s.Chat != nil {
		of.read, of.delivered = s.Chat.ClientRead, s.Chat.ClientDelivered
	}
	cache := &m.s.Chats.log
	if cache.node == nil || cache.of != of {
		cache.of, cache.node = of, m.drawLog(s, c)
	}
	return cache.node
}

func (m *model) drawLog(s *wire.Session, c *agent.Chat) *Node {
	list := el("ol.chat-log")
	all := make([]*wire.Message, 0, len(c.Messages)+len(c.Outbox))
	for i := range c.Messages {
		all = append(all, &c.Messages[i])
	}
	for i := range c.Outbox {
		all = append(all, &c.Outbox[i].Message)
	}
	day := 0
	for i, w := range all {
		if d := dayOf(w.At); d != day && w.At > 0 {
			day = d
			list.add(el("li.day[key=day?](span(?))", strconv.Itoa(d), m.dayText(w.At)))
		}
		if w.Type == wire.MessageNotice {
			list.add(el("li.notice[key=m?](span(?) time(?))", w.ID, m.noticeText(w), timeOfDay(w.At)))
			continue
		}
		var out *agent.Outgoing
		if n := i - len(c.Messages); n >= 0 {
			out = &c.Outbox[n]
		}
		first := i == 0 || !m.together(s, all[i-1], w)
		last := i == len(all)-1 || !m.together(s, w, all[i+1])
		list.add(m.message(s, w, out, first, last))
	}
	return tree("div#log[role=log][aria-live=polite][aria-label=?][aria-busy=?](*)", nodes{list}, m.Messages,
		truth(c.Loading))
}

// together reports whether two messages are shown as of one breath.
func (m *model) together(s *wire.Session, a, b *wire.Message) bool {
	return a.From == b.From && a.UserID == b.UserID && a.Type != wire.MessageNotice && b.Type != wire.MessageNotice &&
		b.At-a.At < apart && dayOf(a.At) == dayOf(b.At) && markOf(s, a) == markOf(s, b)
}

// message is a bubble. The first of a breath names the writer, the last one
// says when it was written and how far it came.
func (m *model) message(s *wire.Session, w *wire.Message, out *agent.Outgoing, first, last bool) *Node {
	classes := "msg " + string(w.From)
	if first {
		classes += " first"
	}
	if last {
		classes += " last"
	}
	li := el("li[key=m?][class=?]", w.ID, classes)
	if writer := m.writer(w); first && writer != "" {
		li.add(el("span.writer(?)", writer))
	}
	li.add(m.content(w))
	switch {
	case out != nil:
		li.add(m.outgoing(w, out))
	case last:
		li.add(tree("span.meta(time(?) *)", nodes{m.mark(s, w)}, timeOfDay(w.At)))
	}
	return li
}

// writer names whoever is neither the agent nor the customer, whose name is
// above the conversation.
func (m *model) writer(w *wire.Message) string {
	switch {
	case w.From == wire.FromBot:
		return m.BotName
	case w.From == wire.FromSeat && w.UserID != "" && w.UserID != m.v.Profile.UserID:
		return join("", w.Name)
	}
	return ""
}

// outgoing is how far a message has come that has not been sent.
func (m *model) outgoing(w *wire.Message, out *agent.Outgoing) *Node {
	arg := w.SessionID + " " + w.ID
	switch {
	case out.Err != nil:
		message, _ := explain(m.s.Lang, out.Err)
		return tree("span#out.meta.bad[role=status](%alert span(?) * *)",
			nodes{m.button("link", "", m.SendAgain, Action{"resend", arg}),
				m.button("link", "", m.Discard, Action{"discard", arg})},
			join(": ", m.NotSent, message))
	case w.File != nil && out.Progress < 1:
		return tree("span#out.meta(* span(?))", nodes{progress(out.Progress)},
			fmt.Sprintf("%d %%", int(out.Progress*100)))
	}
	return el("span#out.meta(span(?) %clock)", m.Sending)
}

// markOf is how far an own message came: "", "sent", "delivered" or "read".
func markOf(s *wire.Session, w *wire.Message) string {
	switch {
	case w.From != wire.FromSeat || w.Seq == 0:
		return ""
	case s.Chat != nil && w.Seq <= s.Chat.ClientRead:
		return "read"
	case s.Chat != nil && w.Seq <= s.Chat.ClientDelivered:
		return "delivered"
	}
	return "sent"
}

func (m *model) mark(s *wire.Session, w *wire.Message) *Node {
	mark, iconName, text := markOf(s, w), "checks", m.Delivered
	switch mark {
	case "":
		return nil
	case "sent":
		iconName, text = "check", m.Sent
	case "read":
		text = m.ReadMark
	}
	return el("span[role=img][class=mark ?][named=?](%?)", mark, text, iconName)
}

// content is what was written.
func (m *model) content(w *wire.Message) *Node {
	switch {
	case w.Type == wire.MessageImage && w.File != nil && webAddress(w.File.URL) != "":
		return tree("a.bubble.picture[target=_blank][rel=noopener noreferrer][href=?][title=?](*)",
			nodes{picture(w.File.URL, w.File.Name)}, w.File.URL, w.File.Name)
	case w.File != nil:
		return m.fileBubble(w.File)
	case w.Card != nil:
		return m.cardBubble(w.Card)
	case w.Order != nil:
		return m.orderBubble(w.Order)
	}
	bubble := el("div.bubble")
	bubble.add(linked(w.Text)...)
	if len(w.Choices) > 0 {
		list := el("ul.choices")
		for _, c := range w.Choices {
			list.add(el("li(?)", c))
		}
		bubble.add(list)
	}
	return bubble
}

func (m *model) fileBubble(f *wire.File) *Node {
	text := el("span.file-text(strong(?) span(?))", f.Name, fileSize(f.Size))
	if webAddress(f.URL) == "" { // being uploaded
		return tree("div.bubble.file(%file *)", nodes{text})
	}
	return tree("a.bubble.file[target=_blank][rel=noopener noreferrer][href=?](%file *)", nodes{text}, f.URL)
}

func (m *model) cardBubble(c *wire.Card) *Node {
	box := el("div.bubble.rich")
	if webAddress(c.URL) != "" {
		box = el("a.bubble.rich[target=_blank][rel=noopener noreferrer][href=?]", c.URL)
	}
	if webAddress(c.Pic) != "" {
		box.add(picture(c.Pic, ""))
	}
	box.add(el("strong.break(?)", c.Header), el("span.break(?)", c.Desc))
	if webAddress(c.URL) != "" {
		box.add(el("span.host(?)", hostOf(c.URL)))
	}
	return box
}

func (m *model) orderBubble(o *wire.Order) *Node {
	box := el("div.bubble.rich")
	if o.Guide != "" {
		box.add(el("span.guide(?)", o.Guide))
	}
	if webAddress(o.Pic) != "" {
		box.add(picture(o.Pic, ""))
	}
	for _, text := range []string{o.Name, o.Desc} {
		if text != "" {
			box.add(el("span.break(?)", text))
		}
	}
	if rows := customRows(o.CustomField); len(rows) > 0 {
		list := el("dl.custom")
		for _, r := range rows {
			list.add(el("dt(?)", r[0]), el("dd(?)", r[1]))
		}
		box.add(list)
	}
	return box
}

// customRows are the fields of an order's customField: an object, or a list of
// objects of which each is a row named by its name.
func customRows(v any) (rows [][2]string) {
	const most = 20
	if raw, ok := v.(json.RawMessage); ok {
		v = nil
		_ = json.Unmarshal(raw, &v) // the page's own JSON
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, entry := range list {
		fields, ok := entry.(map[string]any)
		if !ok {
			if entry != nil {
				rows = append(rows, [2]string{"", plain(entry)})
			}
			continue
		}
		name := ""
		if isList {
			name, _ = fields["name"].(string)
		}
		keys := make([]string, 0, len(fields))
		for k := range fields {
			if k != "name" || name == "" {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		if name == "" {
			for _, k := range keys {
				rows = append(rows, [2]string{k, plain(fields[k])})
			}
			continue
		}
		var values []string
		for _, k := range keys {
			if k == "value" {
				values = append(values, plain(fields[k]))
			} else {
				values = append(values, k+": "+plain(fields[k]))
			}
		}
		rows = append(rows, [2]string{name, strings.Join(values, ", ")})
	}
	return rows[:min(len(rows), most)]
}

// plain is a value of JSON as text.
func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case nil:
		return "–"
	}
	text, _ := json.Marshal(v) // came as JSON
	return string(text)
}

// picture is an image of another site, which is not told who looks.
func picture(address, name string) *Node {
	return el("img[loading=lazy][referrerpolicy=no-referrer][src=?][alt=?]", address, name)
}

// webAddress is the address if it is one of the web, or else "": javascript:
// and its like must not be clicked.
func webAddress(address string) string {
	lower := strings.ToLower(address)
	if strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") {
		return address
	}
	return ""
}

func hostOf(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

// linked is a text in which the addresses can be clicked.
func linked(text string) (nodes []*Node) {
	for text != "" {
		at := strings.Index(text, "http")
		for at >= 0 && (webAddress(text[at:]) == "" || at > 0 &&
			!strings.ContainsRune(" \n\t(（：:,，。", lastRune(text[:at]))) {
			next := strings.Index(text[at+4:], "http")
			if next < 0 {
				at = -1
				break
			}
			at += 4 + next
		}
		if at < 0 {
			break
		}
		end := strings.IndexAny(text[at:], " \n\t<>\"，。）")
		if end < 0 {
			end = len(text) - at
		}
		address := strings.TrimRight(text[at:at+end], ".,;:!?)")
		if at > 0 {
			nodes = append(nodes, &Node{Text: text[:at]})
		}
		nodes = append(nodes, el("a[target=_blank][rel=noopener noreferrer][href=?](?)", address, address))
		text = text[at+len(address):]
	}
	if text != "" {
		nodes = append(nodes, &Node{Text: text})
	}
	return nodes
}

func lastRune(s string) rune {
	runes := []rune(lastOf(s, 4))
	return runes[len(runes)-1]
}

func (m *model) noticeText(w *wire.Message) string {
	text := m.Notices.of(w.Notice)
	switch {
	case text == "":
		return w.Text // the greeting, and what a later version may say
	case strings.Contains(text, "%s"):
		return fmt.Sprintf(text, w.Name)
	}
	return text
}

// timeOfDay is the local time, "9:05".
func timeOfDay(ms int64) string {
	hour, minute, _ := time.UnixMilli(ms).Clock()
	return fmt.Sprintf("%d:%02d", hour, minute)
}

// dayOf numbers the local days.
func dayOf(ms int64) int {
	t := time.UnixMilli(ms)
	_, offset := t.Zone()
	return int((ms/1000 + int64(offset)) / 86400)
}

func (m *model) dayText(ms int64) string {
	switch dayOf(m.now) - dayOf(ms) {
	case 0:
		return m.DayToday
	case 1:
		return m.DayYesterday
	}
	year, month, day := time.UnixMilli(ms).Date()
	return fmt.Sprintf("%d-%02d-%02d", year, int(month), day)
}

func fileSize(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%d kB", bytes>>10)
	}
	return fmt.Sprintf("%d B", bytes)
}
