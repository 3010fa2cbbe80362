package demo

import "time"

// behaviour is what the phone does when a number is called.
type behaviour struct {
	reject int           // SIP status to refuse with; 0: none
	never  bool          // rings for ever
	answer time.Duration // ringing before it answers
	voice  Voice
	hangup time.Duration // after the answer; 0: never
	page   bool          // rings the phone page if one is open
}

// behaviours of the numbers that always do the same.
var behaviours = map[string]behaviour{
	"10086": {answer: 300 * time.Millisecond, voice: Tone},
	"10010": {voice: Echo},
	"10000": {reject: 486},
	"10001": {never: true},
	"10002": {reject: 603},
	"10003": {voice: Tone, hangup: 2 * time.Second},
}

// otherwise is what the phone does at any other number.
var otherwise = behaviour{answer: time.Second, voice: Tone, page: true}

func behaviourOf(number string) behaviour {
	if b, ok := behaviours[number]; ok {
		return b
	}
	return otherwise
}

// Voice is what the phone says.
type Voice string

// Voices.
const (
	Tone    Voice = "tone" // 440 Hz
	Echo    Voice = "echo" // what it hears
	Silence Voice = "silence"
)

// The tone that the phone speaks.
const (
	toneHertz     = 440
	toneAmplitude = 0.3
)
