package tenant

import (
	"fmt"
	"os"
	"strings"

	"tccc/gateway/audio"
	"tccc/gateway/mix"
)

// Names of sounds that are not files.
const (
	HoldMusic = "builtin:music"
	Ringback  = "builtin:ringback"
)

// builtinPrompts are the names that the configuration gives to what package
// audio has.
var builtinPrompts = map[string]string{"menu": audio.PromptDemoIVR, "invalid": audio.PromptChime}

// Load reads every sound that the application's configuration names, and those
// that all applications have; known are left out.
func (t *Tenant) Load(known map[string]mix.Source) (map[string]mix.Source, error) {
	sounds := map[string]mix.Source{}
	for _, name := range append(t.sounds(), HoldMusic, Ringback) {
		if known[name] != nil || sounds[name] != nil {
			continue
		}
		sound, err := loadSound(name)
		if err != nil {
			return nil, err
		}
		sounds[name] = sound
	}
	return sounds, nil
}

func loadSound(name string) (mix.Source, error) {
	switch name {
	case HoldMusic:
		return mix.NewClip(audio.HoldMusic()), nil
	case Ringback:
		return mix.NewClip(ringbackTone()), nil
	}
	if prompt, ok := strings.CutPrefix(name, "builtin:"); ok {
		if known, ok := builtinPrompts[prompt]; ok {
			prompt = known
		}
		pcm, err := audio.Prompt(prompt)
		if err != nil {
			return nil, err
		}
		return mix.NewClip(pcm), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("failed to open sound: %w", err)
	}
	defer f.Close()
	pcm, err := audio.ReadWAV(f)
	if err != nil {
		return nil, fmt.Errorf("failed to read sound %s: %w", name, err)
	}
	return mix.NewClip(pcm), nil
}

// ringbackTone is what the agent hears while the far side rings: 425 Hz, one
// second on and four off (ITU-T E.180).
func ringbackTone() []int16 {
	tone := audio.Tone(425, 0.2)
	return append(tone.Samples(audio.Rate), make([]int16, 4*audio.Rate)...)
}

// sounds are the names of all that a tenant's configuration plays.
func (t *Tenant) sounds() (names []string) {
	for _, g := range t.groups {
		if g.Music != "" {
			names = append(names, g.Music)
		}
	}
	for _, i := range t.ivrs {
		names = append(names, i.Prompt, i.Invalid)
	}
	return names
}
