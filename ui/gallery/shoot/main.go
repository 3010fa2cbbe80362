// Command shoot takes pictures of the interface:
//
//	go run ./ui/gallery/shoot -out DIR            every state, in every language and colour scheme
//	go run ./ui/gallery/shoot -only workbench     those whose name begins so
//	go run ./ui/gallery/shoot -docs               the pictures of docs/workbench.md, as PNG with -out
//
// It runs in the module's root and needs Chromium.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"tccc/ui/gallery/stage"
)

// picture is one of docs/images.
type picture struct {
	file  string
	scene stage.Scene
}

const benchWidth, benchHeight, barWidth, barHeight = 1064, 700, 392, 560

// documented are the pictures that the documents show.
var documented = []picture{
	{"workbench-light", bench("workbench", false)},
	{"workbench-dark", bench("workbench, transfer", true)},
	{"workbench-call-out", bench("workbench, call out", false)},
	{"workbench-colleagues", bench("workbench, colleagues of a supervisor", false)},
	{"workbench-history", bench("workbench, history during calls", false)},
	{"workbench-settings", bench("workbench, settings", false)},
	{"workbench-poor", bench("workbench, poor connection", false)},
	{"workbench-zh", stage.Scene{State: "workbench, ringing", Lang: "zh", Width: benchWidth, Height: benchHeight}},
	{"workbench-chat", bench("chat, rich messages", false)},
	{"workbench-embedded", stage.Scene{State: "workbench", Lang: "en", Embedded: true, Width: 760, Height: 480}},
	{"workbench-small", stage.Scene{State: "workbench", Lang: "en", Width: 360, Height: 640}},
	{"bar-ringing", bar("ringing", false)},
	{"bar-talking", bar("talking", false)},
	{"bar-keypad", bar("keypad", true)},
	{"bar-status", bar("status menu", true)},
	{"bar-elsewhere", bar("audio in another tab", false)},
}

func bench(state string, dark bool) stage.Scene {
	return stage.Scene{State: state, Lang: "en", Dark: dark, Width: benchWidth, Height: benchHeight}
}

func bar(state string, dark bool) stage.Scene {
	return stage.Scene{State: state, Lang: "en", Dark: dark, Width: barWidth, Height: barHeight}
}

func main() {
	out := flag.String("out", "", "directory for the pictures; by default test/out/gallery, or docs/images")
	browser := flag.String("browser", "chromium", "Chromium's command")
	only := flag.String("only", "", "only states whose name begins so")
	docs := flag.Bool("docs", false, "take the pictures of the documents, into docs/images")
	small := flag.Bool("small", false, "in a window of 360 by 640")
	light := flag.Bool("light", false, "in English and light only")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	s, err := stage.Open(ctx, ".", *browser)
	if err != nil {
		fail(err)
	}
	defer s.Close()
	pictures, format := documented, "png"
	switch {
	case !*docs:
		pictures = every(s, *only, *small, *light)
		*out = cmp.Or(*out, "test/out/gallery")
	case *out == "":
		*out, format = "docs/images", "webp"
	}
	for _, p := range pictures {
		if err := take(s, p, filepath.Join(*out, p.file+"."+format), format); err != nil {
			s.Close()
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "shoot:", err)
	os.Exit(1)
}

// every lists the states whose name begins so, in every language and scheme.
func every(s *stage.Stage, only string, small, light bool) (list []picture) {
	states, err := s.States()
	if err != nil {
		fail(err)
	}
	for _, state := range states {
		if !strings.HasPrefix(state.Name, only) {
			continue
		}
		for _, lang := range []string{"en", "zh"} {
			for _, dark := range []bool{false, true} {
				if light && (dark || lang != "en") {
					continue
				}
				scene := bar(state.Name, dark)
				if state.Workbench {
					scene = bench(state.Name, dark)
				}
				if small {
					scene.Width, scene.Height = 360, 640
				}
				scene.Lang = lang
				scheme := map[bool]string{false: "light", true: "dark"}[dark]
				list = append(list, picture{strings.NewReplacer(" ", "-", ",", "").Replace(state.Name) + "-" + lang +
					"-" + scheme, scene})
			}
		}
	}
	return list
}

func take(s *stage.Stage, p picture, file, format string) error {
	if err := s.Show(p.scene); err != nil {
		return fmt.Errorf("failed to show %s: %w", p.file, err)
	}
	data, err := s.Picture(format)
	if err != nil {
		return fmt.Errorf("failed to take %s: %w", p.file, err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	fmt.Println(file, len(data))
	return os.WriteFile(file, data, 0o644)
}
