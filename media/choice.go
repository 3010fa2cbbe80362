package media

import "encoding/json"

// Kind is what a device is used for.
type Kind string

// Kinds of use. The ringtone may sound on another device than the caller, for
// instance on loudspeakers while the caller is heard in a headset.
const (
	Microphone Kind = "microphone"
	Speaker    Kind = "speaker"
	Ringtone   Kind = "ringtone"
	Camera     Kind = "camera"
)

// Choice is the device (MediaDeviceInfo.deviceId) that the agent chose for each
// use. Empty means the browser's default.
type Choice struct {
	Microphone string `json:"microphone,omitempty"`
	Speaker    string `json:"speaker,omitempty"`
	Ringtone   string `json:"ringtone,omitempty"`
	Camera     string `json:"camera,omitempty"`
}

// of is the field for a kind, nil for a kind that does not exist.
func (c *Choice) of(kind Kind) *string {
	switch kind {
	case Microphone:
		return &c.Microphone
	case Speaker:
		return &c.Speaker
	case Ringtone:
		return &c.Ringtone
	case Camera:
		return &c.Camera
	}
	return nil
}

// Device is a device as an interface shows it.
type Device struct {
	ID    string `json:"deviceId"`
	Label string `json:"label"` // empty until the microphone has been allowed once
}

// Devices are the devices there are, those that are chosen, and those in use.
type Devices struct {
	Microphones []Device `json:"microphones"`
	Speakers    []Device `json:"speakers"`
	Cameras     []Device `json:"cameras"`
	Chosen      Choice   `json:"-"`
	Selected    Choice   `json:"selected"`
	// SelectableOutput is false where the browser cannot send sound to a
	// chosen device (setSinkId is missing).
	SelectableOutput bool `json:"selectableOutput"`
}

// Default is the id of the browser's default device.
const Default = "default"

// inUse is which device serves each use: the chosen one while it is there, the
// browser's default otherwise.
func (d *Devices) inUse() Choice {
	pick := func(chosen string, list []Device) string {
		for i := range list {
			if chosen != "" && list[i].ID == chosen {
				return chosen
			}
		}
		return Default
	}
	return Choice{
		Microphone: pick(d.Chosen.Microphone, d.Microphones),
		Speaker:    pick(d.Chosen.Speaker, d.Speakers),
		Ringtone:   pick(d.Chosen.Ringtone, d.Speakers),
		Camera:     pick(d.Chosen.Camera, d.Cameras),
	}
}

// decodeChoice reads what an earlier visit stored; anything unreadable is no
// choice.
func decodeChoice(text string) (c Choice) {
	if len(text) > 4096 || json.Unmarshal([]byte(text), &c) != nil {
		return Choice{}
	}
	return c
}

func (c Choice) encode() string {
	text, err := json.Marshal(c)
	if err != nil {
		return "{}"
	}
	return string(text)
}
