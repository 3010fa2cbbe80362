package audio

import (
	"embed"
	"fmt"
)

//go:embed sounds/*.wav
var sounds embed.FS

// Built-in prompts, for Prompt.
const (
	PromptChime     = "chime"  // two bells
	PromptDemoIVR   = "ivr-en" // "Welcome. Press 1 for sales, 2 for support."
	PromptDemoIVRZh = "ivr-zh" // the same in Chinese
)

// Prompt is a built-in prompt by its name.
func Prompt(name string) ([]int16, error) {
	if name == PromptChime {
		return Chime(), nil
	}
	f, err := sounds.Open("sounds/" + name + ".wav")
	if err != nil {
		return nil, fmt.Errorf("there is no built-in prompt %q", name)
	}
	defer f.Close()
	return ReadWAV(f)
}
