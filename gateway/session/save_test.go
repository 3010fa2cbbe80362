package session

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/wire"
)

func TestASessionGoesOnInAnotherProcess(t *testing.T) {
	s := Inbound("id", "1", wire.TypeIM, at(0).UTC())
	s.Customer = &Customer{UserID: "u", Nickname: "Una"}
	s.Chat = &wire.ChatState{LastSeq: 7, SeatRead: 3}
	require.NoError(t, s.Enqueue("sales", at(1).UTC()))
	require.NoError(t, s.OfferTo("a", at(9).UTC(), at(2).UTC()))
	text, err := json.Marshal(s)
	require.NoError(t, err)

	again := &Session{}
	require.NoError(t, json.Unmarshal(text, again))
	assert.Equal(t, s, again)
	again.Recover(at(20))
	assert.Equal(t, Queued, again.State(), "the offer died")
	assert.Equal(t, at(1).UTC(), again.Queued, "the place did not")
	assert.Empty(t, again.Agent)

	require.NoError(t, s.Accept(at(3).UTC()))
	s.Transfer = &wire.TransferTarget{UserID: "b"}
	text, err = json.Marshal(s)
	require.NoError(t, err)
	again = &Session{}
	require.NoError(t, json.Unmarshal(text, again))
	again.Recover(at(20))
	assert.Equal(t, Talking, again.State())
	assert.Equal(t, "a", again.Agent)
	assert.Nil(t, again.Transfer)
	assert.Equal(t, wire.ReasonGatewayRestart, again.TransferFailed)
	assert.Error(t, json.Unmarshal([]byte(`{"State":99}`), again))
}
