package chat

import (
	"encoding/json"
	"errors"
	"strings"

	"tccc/wire"
)

// BackEndID begins the ids of messages that back ends write; nobody else may
// use it.
const BackEndID = "backend-"

// Bounds of the parts of a card or an order, in bytes.
const (
	fieldMost  = 2 << 10
	customMost = 8 << 10
)

// Compose makes a message of what a side sends; its file, if it
// has one, is looked up before. Errors: wire.ErrMessageInvalid, for the field.
func Compose(p *wire.SendParams, from wire.Sender, file *wire.File) (wire.Message, error) {
	m := wire.Message{ID: p.ID, From: from, Text: p.Text, File: file, Card: p.Card, Order: p.Order}
	given := 0
	for _, is := range []bool{p.Text != "", p.FileID != "", p.Card != nil, p.Order != nil} {
		if is {
			given++
		}
	}
	switch {
	case p.ID == "" || len(p.ID) > wire.MessageIDMost || strings.HasPrefix(p.ID, BackEndID):
		return m, wire.ErrMessageInvalid.For("id", "id must have 1 to %d bytes", wire.MessageIDMost)
	case given != 1:
		return m, wire.ErrMessageInvalid.With("a message has one of text, fileId, card and order")
	case p.Card != nil || p.Order != nil:
		if from == wire.FromClient {
			return m, wire.ErrMessageInvalid.With("customers send texts and files")
		}
	}
	switch {
	case p.Card != nil:
		m.Type = wire.MessageCard
		return m, checkCard(p.Card)
	case p.Order != nil:
		m.Type = wire.MessageOrder
		return m, checkOrder(p.Order)
	case file != nil:
		m.Type = wire.MessageFile
		if strings.HasPrefix(file.MIME, "image/") {
			m.Type = wire.MessageImage
		}
		return m, nil
	}
	m.Type = wire.MessageText
	if len(p.Text) > wire.MessageTextMost || strings.TrimSpace(p.Text) == "" {
		return m, wire.ErrMessageInvalid.For("text", "a text must have 1 to %d bytes", wire.MessageTextMost)
	}
	return m, nil
}

func checkCard(c *wire.Card) error {
	return errors.Join(field("card.header", c.Header, true), field("card.desc", c.Desc, true),
		address("card.pic", c.Pic), address("card.url", c.URL))
}

func checkOrder(o *wire.Order) error {
	custom, err := json.Marshal(o.CustomField)
	if err != nil || len(custom) > customMost {
		return wire.ErrMessageInvalid.For("order.customField", "customField may have %d bytes", customMost)
	}
	if o.Guide == "" && o.Name == "" && o.Desc == "" && o.Pic == "" && o.CustomField == nil {
		return wire.ErrMessageInvalid.For("order", "the order is empty")
	}
	err = errors.Join(field("order.guide", o.Guide, false), field("order.name", o.Name, false),
		field("order.desc", o.Desc, false))
	if err == nil && o.Pic != "" {
		err = address("order.pic", o.Pic)
	}
	return err
}

func field(name, text string, required bool) error {
	if len(text) > fieldMost || required && strings.TrimSpace(text) == "" {
		return wire.ErrMessageInvalid.For(name, "it must have 1 to %d bytes", fieldMost)
	}
	return nil
}

// address checks the address of a picture or of a page, which a click opens.
func address(name, text string) error {
	if len(text) > fieldMost || !strings.HasPrefix(text, "https://") && !strings.HasPrefix(text, "http://") {
		return wire.ErrMessageInvalid.For(name,
			"it must be an address that begins with https:// or http://, of at most %d bytes", fieldMost)
	}
	return nil
}
