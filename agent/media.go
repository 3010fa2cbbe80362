package agent

import (
	"context"

	"tccc/wire"
)

// MediaState is the state of the audio leg's connection.
type MediaState string

// States of the audio leg.
const (
	MediaNone       MediaState = "none"
	MediaConnecting MediaState = "connecting"
	MediaConnected  MediaState = "connected"
	MediaLost       MediaState = "disconnected" // may come back by itself
	MediaFailed     MediaState = "failed"       // needs a new offer
)

// Ring is what the agent hears while a session rings.
type Ring uint8

// Ringtones.
const (
	RingNone Ring = iota
	RingCall
	RingChat // short and soft
)

// Media is the agent's audio leg and its devices; package media implements it
// in the browser. No method blocks longer than its context allows, all may be
// called from any goroutine, and every error is an entry of the catalogue.
type Media interface {
	// Offer makes the peer connection if there is none and returns its complete
	// SDP offer; with restart, ICE starts anew (RFC 8445 section 2.4).
	Offer(ctx context.Context, restart bool) (sdp string, err error)
	// Answer takes the gateway's SDP. It returns when the description is set;
	// the connection itself is reported by OnState.
	Answer(ctx context.Context, sdp string) error
	// OpenMic opens the chosen microphone, sends it on the leg and keeps it
	// open until CloseMic. Opening twice is one opening.
	OpenMic(ctx context.Context) error
	// AskMic asks for the permission if it was never asked for, and lets the
	// microphone go again.
	AskMic(ctx context.Context) error
	// CloseMic lets the microphone go; the leg stays.
	CloseMic()
	// SetMuted stops or resumes sending sound, at once.
	SetMuted(muted bool)
	// Ring changes the ringtone.
	Ring(Ring)
	// Notify plays a short quiet tone, once, if the page is hidden: a message
	// has come.
	Notify()
	// Servers are what peer connections that are made from now on may use to
	// reach the gateway.
	Servers(list []wire.ICEServer)
	// OnState reports every change of the leg. It must be called once, before
	// the first Offer; f must not block.
	OnState(f func(MediaState))
	// Close ends the leg, the microphone, the ringtone, and releases
	// everything that they held. The Media can be used again with Offer.
	Close()
}

// SessionMedia is the media of audio and video sessions, each of which has a
// peer connection of its own. A Media that has none of it does not implement
// this. As with Media, no method blocks longer than its context allows.
type SessionMedia interface {
	// OfferSession makes the session's peer connection, in place of one that is
	// there, and returns its complete offer.
	OfferSession(ctx context.Context, id string, video bool) (sdp string, err error)
	// AnswerSession takes the gateway's SDP.
	AnswerSession(ctx context.Context, id, sdp string) error
	// CloseSession ends the peer connection.
	CloseSession(id string)
	// OnSession reports every change of a connection. It must be called once,
	// before the first OfferSession; f must not block.
	OnSession(f func(id string, s MediaState))
	// OpenCamera opens the chosen camera and sends it in the session, which may
	// not have a connection yet, instead of in any other.
	OpenCamera(ctx context.Context, id string) error
	// CloseCamera lets the camera go.
	CloseCamera()
	// OpenScreen asks the user for a screen, a window or a tab and sends it in
	// the session, beside the camera and over every connection of it.
	OpenScreen(ctx context.Context, id string) error
	// CloseScreen lets it go.
	CloseScreen()
	// OnScreenEnd tells that the browser has ended what OpenScreen began. It must
	// be called once, before the first OpenScreen; f must not block.
	OnScreenEnd(f func(id string))
}
