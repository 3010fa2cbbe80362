package demo

import (
	"net/http"

	"tccc/wire"
)

// maxChatBody bounds requests that hold a text, whose every character may be
// escaped.
const maxChatBody = 6*wire.MessageTextMost + maxBody

func (d *doors) chatStart(w http.ResponseWriter, r *http.Request) {
	var p ChatParams
	err := decodeUpTo(w, r, &p, maxChatBody)
	var id string
	if err == nil {
		id, err = d.o.Customers.Start(r.Context(), p)
	}
	if err != nil {
		d.fail(w, err)
		return
	}
	reply(w, http.StatusOK, wire.SessionParams{SessionID: id})
}

// chat makes the handler of a command of a customer who is there.
func (d *doors) chat(do func(r *http.Request, sessionID, text string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var p struct {
			SessionID string `json:"sessionId"`
			Text      string `json:"text"`
		}
		err := decodeUpTo(w, r, &p, maxChatBody)
		if err == nil {
			err = do(r, p.SessionID, p.Text)
		}
		if err != nil {
			d.fail(w, err)
			return
		}
		reply(w, http.StatusOK, empty{})
	}
}

func (d *doors) chatSay(r *http.Request, sessionID, text string) error {
	return d.o.Customers.Say(r.Context(), sessionID, text)
}

func (d *doors) chatEnd(r *http.Request, sessionID, _ string) error {
	return d.o.Customers.End(r.Context(), sessionID)
}

func (d *doors) chatMessages(w http.ResponseWriter, r *http.Request) {
	all, err := d.o.Customers.Messages(r.Context(), r.URL.Query().Get("sessionId"))
	if err != nil {
		d.fail(w, err)
		return
	}
	reply(w, http.StatusOK, all)
}
