package media

import (
	"context"
	"syscall/js"
	"time"

	"tccc/internal/jsval"
	"tccc/wire"
)

// settleDevices is how long the devices must keep still before a change is
// looked at: plugging in a headset is several events.
const settleDevices = 300 * time.Millisecond

// choiceKey is the entry in localStorage that keeps the chosen devices: they
// belong to the browser, whoever logs in.
const choiceKey = "tccc.devices"

// storedChoice reads what was chosen on an earlier visit.
func storedChoice() (c Choice) {
	if text := jsval.OpenStore("localStorage").Get(choiceKey); text != "" {
		c = decodeChoice(text)
	}
	return c
}

func (m *Media) chosen() Choice {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.choice
}

// Microphones lists the microphones as the browser's own MediaDeviceInfo
// objects. It asks for the permission only if the labels are empty without it.
// Errors: ErrInsecurePage, ErrMicDenied, ErrNoMic, ErrMicBusy.
func (m *Media) Microphones(ctx context.Context) ([]js.Value, error) {
	found, err := m.labelled(ctx, "audioinput")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, wire.ErrNoMic
	}
	return found, nil
}

// Speakers lists the audio outputs like Microphones. Browsers that show no
// outputs give an empty list, and without any microphone the labels may stay
// empty.
func (m *Media) Speakers(ctx context.Context) ([]js.Value, error) {
	found, err := m.labelled(ctx, "audiooutput")
	if err == error(wire.ErrNoMic) {
		return m.enumerate(ctx, "audiooutput")
	}
	return found, err
}

// Devices lists everything for an interface, without asking for anything.
func (m *Media) Devices(ctx context.Context) (Devices, error) {
	d := Devices{
		Microphones:      []Device{},
		Speakers:         []Device{},
		Cameras:          []Device{},
		Chosen:           m.chosen(),
		SelectableOutput: jsval.Has(jsval.Global("HTMLMediaElement", "prototype"), "setSinkId"),
	}
	all, err := m.enumerate(ctx, "")
	if err != nil {
		return d, err
	}
	for _, info := range all {
		device := Device{ID: info.Get("deviceId").String(), Label: info.Get("label").String()}
		switch info.Get("kind").String() {
		case "audioinput":
			d.Microphones = append(d.Microphones, device)
		case "audiooutput":
			d.Speakers = append(d.Speakers, device)
		case "videoinput":
			d.Cameras = append(d.Cameras, device)
		}
	}
	d.Selected = d.inUse()
	return d, nil
}

// Choose uses the device for the kind from now on, during a call as well, and
// remembers it. An empty id, or Default, is the browser's default. Errors: ErrInvalidOptions
// for an unknown kind, ErrDeviceNotFound, ErrMediaUnsupported for outputs where
// the browser cannot choose them, and those of OpenMic.
func (m *Media) Choose(ctx context.Context, kind Kind, id string) error {
	if new(Choice).of(kind) == nil {
		return wire.ErrInvalidOptions.For("kind", "kind must be microphone, speaker, ringtone or camera")
	}
	if id == Default {
		id = ""
	}
	var err error
	switch kind {
	case Microphone:
		err = m.chooseMicrophone(ctx, id)
	case Camera:
		err = m.chooseCamera(ctx, id)
	default:
		err = m.chooseOutput(ctx, kind, id)
	}
	if err != nil {
		return err
	}
	m.mu.Lock()
	*m.choice.of(kind) = id
	text := m.choice.encode()
	m.mu.Unlock()
	jsval.OpenStore("localStorage").Set(choiceKey, text)
	m.devicesChanged()
	return nil
}

// chooseMicrophone switches the open microphone; a closed one only has to exist.
func (m *Media) chooseMicrophone(ctx context.Context, id string) error {
	if err := m.find(ctx, "audioinput", id); err != nil {
		return err
	}
	m.mu.Lock()
	under := m.mic.opening
	m.mu.Unlock()
	if under != nil {
		_ = under.wait(ctx) // whatever came of it, the chosen one replaces it
	}
	m.mu.Lock()
	if !m.mic.wanted {
		m.mu.Unlock()
		return nil
	}
	o := m.openDevice(id, id != "")
	m.mu.Unlock()
	return o.wait(ctx)
}

func (m *Media) chooseOutput(ctx context.Context, kind Kind, id string) error {
	if err := m.find(ctx, "audiooutput", id); err != nil {
		return err
	}
	if kind == Speaker {
		return m.setSpeaker(ctx, id)
	}
	return m.setRingDevice(ctx, id)
}

// find checks that there is such a device; "" and Default always are.
func (m *Media) find(ctx context.Context, kind, id string) error {
	if id == "" || id == Default {
		return nil
	}
	found, err := m.enumerate(ctx, kind)
	if err != nil {
		return err
	}
	if among(found, id).Truthy() {
		return nil
	}
	return wire.ErrDeviceNotFound
}

// labelled lists the devices of a kind with their labels.
func (m *Media) labelled(ctx context.Context, kind string) ([]js.Value, error) {
	found, err := m.enumerate(ctx, kind)
	if err != nil {
		return nil, err
	}
	if complete(found) {
		return found, nil
	}
	stream, err := m.capture(ctx, "", false)
	if err != nil {
		return nil, captureError(err)
	}
	defer stopStream(stream) // Firefox shows labels only while a track lives
	return m.enumerate(ctx, kind)
}

func complete(found []js.Value) bool {
	for _, info := range found {
		if info.Get("label").String() == "" {
			return false
		}
	}
	return len(found) > 0
}

// enumerate lists the devices of a kind, of all kinds for "".
func (m *Media) enumerate(ctx context.Context, kind string) ([]js.Value, error) {
	devices := m.mediaDevices()
	if !jsval.Has(devices, "enumerateDevices") {
		if !jsval.Global("isSecureContext").Truthy() {
			return nil, wire.ErrInsecurePage
		}
		return nil, wire.ErrMediaUnsupported.With("enumerateDevices is missing")
	}
	list, err := jsval.CallAwait(ctx, devices, "enumerateDevices")
	if err != nil {
		return nil, captureError(err)
	}
	var found []js.Value
	for i := range list.Length() {
		if info := list.Index(i); kind == "" || info.Get("kind").String() == kind {
			found = append(found, info)
		}
	}
	return found, nil
}

// devicesMoved notes that a device came or went.
func (m *Media) devicesMoved() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop == nil {
		return
	}
	if m.settle != nil {
		m.settle.Stop()
	}
	m.settle = time.AfterFunc(settleDevices, m.devicesSettled)
}

// devicesSettled follows the devices: a chosen one that is back is used again, a
// microphone that was opened as the default follows the default, a wanted one
// that could not be had is tried again, and outputs that have gone leave the
// sound on the default one.
func (m *Media) devicesSettled() {
	m.mu.Lock()
	if m.stop == nil {
		m.mu.Unlock()
		return
	}
	m.applySinks()
	m.start(func(ctx context.Context) {
		choice := m.chosen()
		inputs, err := m.enumerate(ctx, "audioinput")
		back := err == nil && choice.Microphone != "" && among(inputs, choice.Microphone).Truthy()
		group := groupOf(among(inputs, Default))
		m.mu.Lock()
		moved := group != "" && m.mic.group != "" && group != m.mic.group
		switch {
		case m.stop == nil:
		case m.mic.wanted && m.mic.open() && back && m.mic.device() != choice.Microphone:
			m.openDevice(choice.Microphone, true)
		case m.mic.wanted && m.mic.open() && !back && moved:
			m.openDevice("", false)
		default:
			m.reopen()
		}
		m.mu.Unlock()
		if ctx.Err() == nil {
			m.devicesChanged()
		}
	})
	m.mu.Unlock()
}

// among finds the device with this id, undefined if it is not there.
func among(found []js.Value, id string) js.Value {
	for _, info := range found {
		if info.Get("deviceId").String() == id {
			return info
		}
	}
	return js.Undefined()
}

// groupOf names the hardware that a device is part of, "" where the browser
// does not say. The default device is an entry of its own: its group says which
// one it stands for.
func groupOf(info js.Value) string {
	if !info.Truthy() || info.Get("groupId").Type() != js.TypeString {
		return ""
	}
	return info.Get("groupId").String()
}
