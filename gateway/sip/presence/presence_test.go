package presence

import (
	"encoding/xml"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// dialogInfo is a document as a phone reads it.
type dialogInfo struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:dialog-info dialog-info"`
	Version uint32   `xml:"version,attr"`
	State   string   `xml:"state,attr"`
	Entity  string   `xml:"entity,attr"`
	Dialogs []struct {
		ID        string `xml:"id,attr"`
		CallID    string `xml:"call-id,attr"`
		Direction string `xml:"direction,attr"`
		State     string `xml:"state"`
		Remote    struct {
			Identity struct {
				Display string `xml:"display,attr"`
				URI     string `xml:",chardata"`
			} `xml:"identity"`
		} `xml:"remote"`
	} `xml:"dialog"`
}

func read(t require.TestingT, body []byte) (d dialogInfo) {
	require.NoError(t, xml.Unmarshal(body, &d), "%s", body)
	return d
}

func TestDialogs(t *testing.T) {
	w := Dialogs{Entity: "sip:102@desk.example", Host: "desk.example"}
	d := read(t, w.Next(nil, true))
	require.Equal(t, "full", d.State)
	require.Equal(t, uint32(0), d.Version)
	require.Equal(t, "sip:102@desk.example", d.Entity)
	require.Empty(t, d.Dialogs)
	require.Nil(t, w.Next(nil, false), "nothing has changed")

	one := Call{ID: "1", Number: "01012345678", Name: "Wang", PickUp: true}
	d = read(t, w.Next([]Call{one}, false))
	require.Equal(t, "partial", d.State)
	require.Equal(t, uint32(1), d.Version)
	require.Len(t, d.Dialogs, 1)
	require.Equal(t, "recipient", d.Dialogs[0].Direction)
	require.Equal(t, "early", d.Dialogs[0].State)
	require.Equal(t, "1", d.Dialogs[0].CallID)
	require.Equal(t, "sip:01012345678@desk.example", d.Dialogs[0].Remote.Identity.URI)
	require.Equal(t, "Wang", d.Dialogs[0].Remote.Identity.Display)

	two := Call{ID: "2", Initiator: true}
	one.Confirmed = true
	d = read(t, w.Next([]Call{one, two}, false))
	require.Len(t, d.Dialogs, 2)
	require.Equal(t, "confirmed", d.Dialogs[0].State)
	require.Empty(t, d.Dialogs[0].CallID, "who talks cannot be picked up")
	require.Equal(t, "initiator", d.Dialogs[1].Direction)
	require.Empty(t, d.Dialogs[1].Remote.Identity.URI, "what the phone may not see")

	d = read(t, w.Next([]Call{two}, false))
	require.Len(t, d.Dialogs, 1, "only what has changed")
	require.Equal(t, "1", d.Dialogs[0].ID)
	require.Equal(t, "terminated", d.Dialogs[0].State)
	d = read(t, w.Next([]Call{two}, true))
	require.Equal(t, uint32(4), d.Version)
	require.Len(t, d.Dialogs, 1)
	require.Equal(t, "2", d.Dialogs[0].ID)
}

func TestPIDF(t *testing.T) {
	body := string(PIDF("sip:102@desk.example", &State{Open: true, Activity: "on-the-phone", Note: "Talking"}))
	require.Contains(t, body, "<basic>open</basic>")
	require.Contains(t, body, "<rpid:on-the-phone/>")
	body = string(PIDF("sip:102@desk.example", &State{Note: "Off line"}))
	require.Contains(t, body, "<basic>closed</basic>")
	require.NotContains(t, body, "activities")
}

func TestSummary(t *testing.T) {
	require.Equal(t, "Messages-Waiting: no\r\nMessage-Account: sip:101@a\r\nVoice-Message: 0/0 (0/0)\r\nText-Message: 0/0\r\n",
		string(Summary("sip:101@a", &State{})))
	require.Contains(t, string(Summary("sip:101@a", &State{Voice: 2, Text: 1})), "yes")
}

// Names and numbers of customers are text: whatever they are, the document is
// one, and says what they are.
func FuzzDialogs(f *testing.F) {
	for _, s := range []string{"Wang", `"/><dialog id="x`, "</state>&amp;]]>", "\x00\xff\u2028", "王", "a\r\nb"} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, id, number, name string) {
		w := Dialogs{Entity: "sip:" + id, Host: "h"}
		body := w.Next([]Call{{ID: id, Number: number, Name: name, PickUp: true}}, true)
		d := read(t, body)
		require.Len(t, d.Dialogs, 1)
		if number != "" {
			uri := d.Dialogs[0].Remote.Identity.URI
			require.True(t, strings.HasSuffix(uri, "@h"), uri)
			require.NotContains(t, strings.TrimSuffix(uri, "@h"), "@")
		}
		pidf := PIDF(id, &State{Note: name})
		require.NoError(t, xml.Unmarshal(pidf, new(struct{})), "%s", pidf)
		require.NoError(t, xml.Unmarshal(w.Next(nil, false), new(dialogInfo)))
	})
}
