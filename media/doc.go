// Package media is the agent's audio in the browser: one peer connection to
// the gateway, made by Pion and kept warm without a microphone, the microphone
// while there is a call, the loudspeaker, the ringtone, the choice of devices,
// and what is measured on the way.
//
// Media implements agent.Media. Files named *_js.go are built for js only; the
// rest (quality, ringtone, statistics) is pure and tested natively.
package media
