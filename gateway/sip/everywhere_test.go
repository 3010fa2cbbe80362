package sip

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// places are two phones that have registered as the same extension.
func places(t *testing.T) (w *watched, first, second *agent) {
	w = newWatched(t, Options{})
	register := func() *agent {
		return newAgent(t, Options{Trunks: []Trunk{{Name: "gateway", Address: w.Addr(), Username: "101",
			Password: "secret of 101",
			Inbound:  Inbound{Addresses: []string{"127.0.0.1"}}, Register: true}}})
	}
	first, second = register(), register()
	require.Eventually(t, func() bool { return len(w.registrar.places("101")) == 2 }, deadline, tick)
	return w, first, second
}

func (w *watched) everywhere() *Everywhere {
	w.t.Helper()
	e, err := w.DialEverywhere(w.t.Context(), Outgoing{Extension: "101", From: "01012345678"})
	require.NoError(w.t, err)
	return e
}

func (w *watched) hears(e *Everywhere, kind EventKind) Event {
	w.t.Helper()
	select {
	case ev, ok := <-e.Events():
		require.True(w.t, ok)
		require.Equal(w.t, kind.String(), ev.Kind.String(), "%+v", ev)
		return ev
	case <-time.After(deadline):
		require.FailNow(w.t, "no event", "%v was awaited", kind)
		return Event{}
	}
}

func TestRingsEverywhere(t *testing.T) {
	w, first, second := places(t)
	e := w.everywhere()
	a, b := first.incoming(), second.incoming()
	require.NoError(t, a.Ring())
	w.hears(e, Ringing)
	require.NoError(t, b.Ring()) // said once
	require.Nil(t, e.Leg())
	require.NoError(t, b.Answer())
	w.hears(e, Answered)
	require.NotNil(t, e.Leg())
	require.True(t, next(t, a, Ended).ByRemote, "it stops ringing")
	next(t, b, Answered)
	require.NoError(t, b.Hold())
	w.hears(e, Held)
	require.NoError(t, b.Hangup())
	require.True(t, w.hears(e, Ended).ByRemote)
	_, open := <-e.Events()
	require.False(t, open)
	require.Eventually(t, func() bool { return w.Calls() == 0 }, deadline, tick)
}

// Both are picked up at the same time: one has it.
func TestBothPickUp(t *testing.T) {
	w, first, second := places(t)
	e := w.everywhere()
	a, b := first.incoming(), second.incoming()
	require.NoError(t, a.Answer())
	_ = b.Answer() // may be cancelled already
	w.hears(e, Answered)
	require.Eventually(t, func() bool { return w.Calls() == 1 }, deadline, tick)
	require.NoError(t, e.Hangup())
	w.hears(e, Ended)
	require.Eventually(t, func() bool { return w.Calls() == 0 && first.Calls() == 0 && second.Calls() == 0 }, deadline,
		tick)
}

func TestNobodyPicksUp(t *testing.T) {
	w, first, second := places(t)
	e := w.everywhere()
	require.NoError(t, first.incoming().Reject(486, ""))
	require.NoError(t, second.incoming().Reject(404, ""))
	require.Equal(t, 486, w.hears(e, Ended).Code, "what tells most")

	e = w.everywhere()
	a := first.incoming()
	require.NoError(t, second.incoming().Reject(603, ""))
	require.Equal(t, 603, w.hears(e, Ended).Code, "declined for all")
	next(t, a, Ended)

	e = w.everywhere()
	a, b := first.incoming(), second.incoming()
	require.NoError(t, a.Ring())
	w.hears(e, Ringing)
	require.NoError(t, e.Hangup())
	w.hears(e, Ended)
	next(t, a, Ended)
	next(t, b, Ended)
	require.ErrorIs(t, e.Answer(), ErrState)

	_, err := w.DialEverywhere(t.Context(), Outgoing{Extension: "102", From: "1"})
	require.ErrorIs(t, err, ErrNoPhone)
	_, err = w.DialEverywhere(t.Context(), Outgoing{Extension: "101", From: "1\r\n"})
	require.Error(t, err)
}

// The server closes while it rings.
func TestEverywhereIsClosed(t *testing.T) {
	w, first, _ := places(t)
	e := w.everywhere()
	require.NoError(t, first.incoming().Ring())
	w.hears(e, Ringing)
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	require.NoError(t, w.Close(ctx))
	w.hears(e, Ended)
}
