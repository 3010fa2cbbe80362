package media

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDevicesInUse(t *testing.T) {
	d := Devices{
		Microphones: []Device{{ID: "default"}, {ID: "a"}}, Speakers: []Device{{ID: "default"}, {ID: "s"}},
		Chosen: Choice{Microphone: "a", Speaker: "gone"},
	}
	assert.Equal(t, Choice{Microphone: "a", Speaker: Default, Ringtone: Default, Camera: Default}, d.inUse())
	d.Microphones = nil
	assert.Equal(t, Default, d.inUse().Microphone)
	d.Chosen.Ringtone = "s"
	assert.Equal(t, "s", d.inUse().Ringtone)
}
