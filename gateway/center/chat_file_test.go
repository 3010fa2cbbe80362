package center

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/config"
	"tccc/wire"
)

// shelf stands for the files that were uploaded.
type shelf struct{}

func (shelf) File(_ context.Context, app, session, id string) (wire.File, error) {
	if id != "pic" {
		return wire.File{}, wire.ErrFileRefused.For("fileId", "%q", id)
	}
	return wire.File{ID: id, Name: "cat.png", Size: 7, MIME: "image/png", URL: "/left over"}, nil
}

func (shelf) Sign(f wire.File) wire.File { f.URL = "/signed/" + f.ID; return f }

func (shelf) Forget(string, string) {}

func (shelf) Ticket(_ context.Context, app, session, user string, p wire.UploadParams) (string, error) {
	return "/upload/" + user + "/" + p.Name, nil
}

func TestFilesInChats(t *testing.T) {
	w := newWorld(t, quiet)
	w.files = shelf{}
	w.restart()
	p, k, id := w.chatting("agent1@demo", "una")
	var m wire.Message
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatSend,
		wire.SendParams{SessionID: id, ID: "f1", FileID: "pic"}), &m))
	assert.Equal(t, wire.MessageImage, m.Type)
	assert.Equal(t, "/signed/pic", m.File.URL)
	seen := k.hears("the picture", func(m *wire.Message) bool { return m.File != nil })
	assert.Equal(t, "/signed/pic", seen.File.URL)
	said, err := w.center.VisitorSay(t.Context(), app, "una", wire.SendParams{SessionID: id, ID: "f2", FileID: "pic"})
	require.NoError(t, err)
	assert.Equal(t, "/signed/pic", said.File.URL)
	_, err = w.center.VisitorSay(t.Context(), app, "una", wire.SendParams{SessionID: id, ID: "f3", FileID: "other"})
	assert.ErrorIs(t, err, wire.ErrFileRefused)
	_, err = w.center.VisitorSay(t.Context(), app, "ben", wire.SendParams{SessionID: id, ID: "f4", FileID: "pic"})
	assert.ErrorIs(t, err, wire.ErrSessionNotFound)
	p.fails(wire.MethodChatSend, wire.SendParams{SessionID: id, ID: "f5", FileID: "other"}, wire.ErrFileRefused)
	stored, err := w.store.Messages(t.Context(), app, id, 1, 0, 0)
	require.NoError(t, err)
	for _, s := range stored {
		if s.File != nil {
			assert.Empty(t, s.File.URL, "links are not stored")
		}
	}
	assert.Equal(t, "/signed/pic", k.messages(id)[len(stored)-1].File.URL)
	var u wire.UploadResult
	require.NoError(t, json.Unmarshal(p.ok(wire.MethodChatUpload, wire.UploadParams{SessionID: id, Name: "n", Size: 1}),
		&u))
	assert.Equal(t, "/upload/agent1@demo/n", u.URL)
}

// An agent whose page is gone, but who is there at a desk that has no chats,
// loses the chats only.
func TestADeskWithoutChatsTakesNone(t *testing.T) {
	w := newWorld(t, func(a *config.App) { quiet(a); a.Grace = 150 * time.Millisecond })
	p1, k, id := w.chatting("agent1@demo", "una")
	leave, err := w.center.Enter(t.Context(), app, "agent1@demo", Door{Name: "desk"})
	require.NoError(t, err)
	defer leave()
	p1.seat.Lost()
	k.state(wire.VisitorQueued)
	k.say(id, "is there anybody?")
	info, err := w.center.Agent(t.Context(), app, "agent1@demo")
	require.NoError(t, err)
	assert.Equal(t, wire.StatusFree, info.State.Status, "for calls")
	p2 := w.loginAs("agent2@demo", nil)
	assert.Equal(t, id, p2.takes())
}
