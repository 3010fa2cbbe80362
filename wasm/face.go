//go:build js

package main

import (
	"context"
	"sync"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/bridge"
	"tccc/media"
	"tccc/ui"
	"tccc/wire"
)

// buttons are the types that pages find in the config of overrideButtonConfig.
// Not every version of the call bar has all of them.
var buttons = []string{
	ui.ButtonMute, ui.ButtonHold, ui.ButtonKeypad, ui.ButtonTransferSeat, ui.ButtonTransferGroup, ui.ButtonForward,
	"selfService",
}

// deviceTimeout bounds what the interface asks of the devices; the user may be
// looking at a question of the browser.
const deviceTimeout = time.Minute

// face joins the interface and the SDK.
type face struct {
	shell *bridge.Bridge
	core  *agent.Agent
	audio *media.Media

	sounding sync.Mutex     // held while a sound is tested
	work     sync.WaitGroup // what close waits for

	mu       sync.Mutex
	ui       *ui.UI
	lang     string    // as the page has asked for before there was an interface
	mounted  *js.Value // the same, of the element for the workbench
	remove   func()
	metering context.CancelFunc // ends the measuring of the microphone
}

func newFace(shell *bridge.Bridge) *face { return &face{shell: shell} }

// open shows the interface as the page has asked for so far.
func (f *face) open(core *agent.Agent, audio *media.Media) {
	config, shown := f.shell.Config(), f.shell.Shown()
	bench := js.Undefined()
	if config.RenderDomID != "" {
		bench = js.Global().Get("document").Call("getElementById", config.RenderDomID)
	}
	f.mu.Lock()
	lang := config.Lang
	if f.lang != "" {
		lang = f.lang
	}
	if f.mounted != nil {
		bench = *f.mounted
	}
	f.mu.Unlock()
	u := ui.New(ui.Options{
		Root:             f.shell.Root(),
		Workbench:        bench,
		Lang:             lang,
		WorkbenchAtLogin: shown.Workbench,
		ChatsKey:         config.Place + ".chat", // which the shell removes at shutdown
		Do:               f.do,
		Streams:          audio.Streams,
		Screens:          audio.Screens,
	})
	if !shown.Visible {
		u.Hide()
	}
	if !shown.FloatButton {
		u.HideFloatButton()
	}
	f.mu.Lock()
	f.core, f.audio, f.ui = core, audio, u
	f.mu.Unlock()
	f.ButtonsChanged()
	remove := core.Subscribe(u.Set)
	f.mu.Lock()
	f.remove = remove
	f.mu.Unlock()
}

func (f *face) close() {
	f.meter(false)
	f.work.Wait()
	f.with(func(u *ui.UI) { u.Close() })
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.remove != nil {
		f.remove()
	}
	f.ui = nil
}

// with calls use if the interface is there.
func (f *face) with(use func(u *ui.UI)) {
	f.mu.Lock()
	u := f.ui
	f.mu.Unlock()
	if u != nil {
		use(u)
	}
}

// withCore calls use if the core is there.
func (f *face) withCore(use func(core *agent.Agent)) {
	f.mu.Lock()
	core := f.core
	f.mu.Unlock()
	if core != nil {
		use(core)
	}
}

// Show carries out a UI method of the page.
func (f *face) Show(c bridge.Change) {
	f.with(func(u *ui.UI) {
		choose := func(on *bool, show, hide func()) {
			switch {
			case on == nil:
			case *on:
				show()
			default:
				hide()
			}
		}
		choose(c.Visible, u.Show, u.Hide)
		choose(c.FloatButton, u.ShowFloatButton, u.HideFloatButton)
		choose(c.Workbench, u.ShowWorkbench, u.HideWorkbench)
	})
}

// SetLanguage changes the language of the interface.
func (f *face) SetLanguage(tag string) error {
	lang, ok := ui.LangOf(tag)
	if !ok {
		return wire.ErrInvalidOptions.For("lang", "options.lang is %q; the interface speaks zh and en", tag)
	}
	f.mu.Lock()
	f.lang = tag
	f.mu.Unlock()
	f.with(func(u *ui.UI) { u.SetLanguage(lang) })
	return nil
}

// Mount brings the workbench into an element of the page.
func (f *face) Mount(element js.Value) (err error) {
	f.mu.Lock()
	f.mounted = &element
	f.mu.Unlock()
	f.with(func(u *ui.UI) { err = u.Mount(element) })
	return err
}

// ButtonsChanged asks the page for its choice of buttons.
func (f *face) ButtonsChanged() {
	f.with(func(u *ui.UI) { u.SetButtons(f.shell.Buttons(buttons)) })
}

func (f *face) mediaNotice(e *wire.Error) { f.with(func(u *ui.UI) { u.SetMediaNotice(e) }) }

func (f *face) quality(q ui.Quality) { f.with(func(u *ui.UI) { u.SetQuality(q) }) }

// do carries out what the agent did in the interface.
func (f *face) do(member string, options any, done func(error)) {
	switch member {
	case "Devices.choose":
		choice, _ := options.(ui.ChooseDevice)
		f.later(done, func(ctx context.Context) error {
			err := f.audio.Choose(ctx, media.Kind(choice.Kind), choice.DeviceID)
			f.endTrial() // and begin another with the device
			return err
		})
	case "Devices.list":
		f.later(done, func(ctx context.Context) error { return f.list(ctx) })
	case "Devices.allow":
		f.later(done, f.core.AllowMic)
	case "Agent.colleagues":
		f.later(done, f.colleagues)
	case "Agent.queues":
		f.later(done, func(ctx context.Context) error {
			queues, err := f.core.Queues(ctx)
			if err == nil {
				f.with(func(u *ui.UI) { u.SetQueues(queues) })
			}
			return err
		})
	case "Agent.history":
		p, _ := options.(wire.HistoryParams)
		f.later(done, func(ctx context.Context) error {
			page, err := f.core.History(ctx, p)
			if err == nil {
				f.with(func(u *ui.UI) { u.AddHistory(page, p) })
			}
			return err
		})
	case "Agent.location":
		p, _ := options.(wire.LocationParams)
		f.later(done, func(ctx context.Context) error {
			name, err := f.core.Location(ctx, p)
			if err == nil {
				f.with(func(u *ui.UI) { u.SetLocation(ui.Location{Number: p.PhoneNumber, Name: name}) })
			}
			return err
		})
	case "Devices.meter":
		on, _ := options.(bool)
		f.meter(on)
		done(nil)
	case "Devices.test":
		kind, _ := options.(string)
		f.later(done, func(ctx context.Context) error { return f.trial(ctx, kind) })
	case "Chat.older":
		p, _ := options.(wire.SessionParams)
		f.later(done, func(ctx context.Context) error { return f.core.OlderMessages(ctx, p.SessionID) })
	case "Chat.resend", "Chat.discard", "Chat.sendFile":
		f.outbox(member, options, done)
	default:
		f.shell.Do(member, options, done)
	}
}

// fileTimeout bounds the upload of a file.
const fileTimeout = 5 * time.Minute

// outbox is for what the agent does with messages that have not been sent.
func (f *face) outbox(member string, options any, done func(error)) {
	entry, _ := options.(ui.OutboxEntry)
	f.laterWithin(fileTimeout, done, func(ctx context.Context) (err error) {
		switch file, _ := options.(ui.SendFile); member {
		case "Chat.resend":
			err = f.core.Resend(ctx, entry.SessionID, entry.ID)
		case "Chat.discard":
			f.core.Discard(entry.SessionID, entry.ID)
		default:
			object, _ := file.File.(js.Value)
			_, err = bridge.SendFile(ctx, f.core, file.SessionID, "", object)
		}
		return err
	})
}

func (f *face) later(done func(error), work func(ctx context.Context) error) {
	f.laterWithin(deviceTimeout, done, work)
}

func (f *face) laterWithin(limit time.Duration, done func(error), work func(ctx context.Context) error) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		done(work(ctx))
	}()
}

// colleagues shows who can be called, as they are now.
func (f *face) colleagues(ctx context.Context) error {
	list, err := f.core.Colleagues(ctx)
	if err == nil {
		f.with(func(u *ui.UI) { u.SetColleagues(list) })
	}
	return err
}

// list shows the devices as they are now.
func (f *face) list(ctx context.Context) error {
	found, err := f.audio.Devices(ctx)
	if err == nil {
		f.show(found)
	}
	return err
}

func (f *face) show(found media.Devices) {
	of := func(list []media.Device) []ui.Device {
		out := make([]ui.Device, len(list))
		for i, d := range list {
			out[i] = ui.Device{ID: d.ID, Label: d.Label}
		}
		return out
	}
	f.with(func(u *ui.UI) {
		u.SetDevices(ui.Devices{
			Microphones:      of(found.Microphones),
			Speakers:         of(found.Speakers),
			Cameras:          of(found.Cameras),
			Microphone:       found.Chosen.Microphone,
			Speaker:          found.Chosen.Speaker,
			Ringtone:         found.Chosen.Ringtone,
			Camera:           found.Chosen.Camera,
			SelectableOutput: found.SelectableOutput,
		})
	})
}
