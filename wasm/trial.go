//go:build js

package main

import (
	"context"
	"syscall/js"
	"time"

	"tccc/internal/jsval"
	"tccc/ui"
)

const (
	meterSeconds = 60 // of one round of measuring
	meterEnd     = time.Second
)

// meter begins and ends showing the level of the microphone, which is open
// meanwhile.
func (f *face) meter(on bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !on && f.metering != nil:
		f.metering()
		f.metering = nil
	case on && f.metering == nil:
		ctx, cancel := context.WithCancel(context.Background())
		f.metering = cancel
		f.work.Go(func() { f.listen(ctx) })
	}
}

// listen measures in rounds. A round also ends when a sound is tested, which is
// waited for, and when another microphone is chosen.
func (f *face) listen(ctx context.Context) {
	devices := f.shell.Devices()
	told := jsval.FuncOf(func(_ js.Value, args []js.Value) any {
		level := args[0].Float()
		f.with(func(u *ui.UI) { u.SetLevel(level) })
		return nil
	})
	defer told.Release()
	for ctx.Err() == nil {
		promise, err := jsval.Call(devices, "testMicrophone",
			map[string]any{"seconds": meterSeconds, "onLevel": told.Value})
		if err == nil {
			_, err = jsval.Await(ctx, promise)
		}
		if ctx.Err() != nil { // it must be over before its listener is released
			f.endTrial()
			end, cancel := context.WithTimeout(context.Background(), meterEnd)
			_, _ = jsval.Await(end, promise)
			cancel()
		}
		if err != nil {
			break
		}
		f.sounding.Lock()
		f.sounding.Unlock() //nolint:staticcheck // the sound is over
	}
	f.with(func(u *ui.UI) { u.SetLevel(0) })
}

func (f *face) endTrial() { _, _ = jsval.Call(f.shell.Devices(), "stopTest") }

// trial plays a sound on the device for a use.
func (f *face) trial(ctx context.Context, kind string) error {
	f.sounding.Lock()
	defer f.sounding.Unlock()
	method := "testSpeaker"
	if kind == "ringtone" {
		method = "testRingtone"
	}
	promise, err := jsval.Call(f.shell.Devices(), method)
	if err == nil {
		_, err = jsval.Await(ctx, promise)
	}
	return err
}
