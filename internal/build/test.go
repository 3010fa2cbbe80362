package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tccc/internal/build/flags"
)

// step is one part of the whole test.
type step struct {
	name  string
	needs string // a step without whose success this one is left out
	run   func(ctx context.Context) error
}

var steps = []step{
	{"chromium", "", func(ctx context.Context) error { return runChromium(ctx, nil) }},
	{"ffmpeg", "", func(ctx context.Context) error { return runFFmpeg(ctx, nil) }},
	{"firefox", "", func(ctx context.Context) error { return runFirefox(ctx, nil) }},
	{"format", "", checkFormat},
	{"wasm_exec", "", func(ctx context.Context) error { return runCheck(ctx, nil) }},
	{"vet", "", vet},
	{"build", "", buildAll},
	{"native", "", nativeTests},
	{"browser", "", func(ctx context.Context) error { return runWASMTest(ctx, nil) }},
	{"end-to-end", "build", endToEnd},
}

// runTest runs every step, also after one has failed, and sums up.
func runTest(ctx context.Context, _ []string) error {
	start := time.Now()
	result := map[string]string{}
	failed := 0
	for _, s := range steps {
		if s.needs != "" && result[s.needs] != "ok" {
			result[s.name] = "left out"
			failed++
			continue
		}
		fmt.Printf("=== %s\n", s.name)
		began := time.Now()
		err := s.run(ctx)
		result[s.name] = "ok"
		if err != nil {
			fmt.Printf("--- %s failed: %v\n", s.name, err)
			result[s.name] = "FAILED"
			failed++
		}
		fmt.Printf("--- %s: %s in %s\n", s.name, result[s.name], time.Since(began).Round(100*time.Millisecond))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	var sum []string
	for _, s := range steps {
		sum = append(sum, s.name+" "+result[s.name])
	}
	verdict := "PASS"
	if failed > 0 {
		verdict = "FAIL"
	}
	if line := unsteadyLine(); line != "" {
		fmt.Println(line)
	}
	fmt.Printf("%s: %s, in %s\n", verdict, strings.Join(sum, ", "), time.Since(start).Round(time.Second))
	if failed > 0 {
		return errors.New("not everything passed")
	}
	return nil
}

// checkFormat fails if gofmt would change a file, or a line is too wide.
func checkFormat(ctx context.Context) error {
	dirs, err := sourceDirs()
	if err != nil {
		return err
	}
	out, err := output(ctx, nil, "gofmt", append([]string{"-l"}, dirs...)...)
	if err != nil {
		return err
	}
	if out != "" {
		return fmt.Errorf("these files need gofmt -w:\n%s", out)
	}
	wide, err := tooWide(dirs)
	if err != nil {
		return err
	}
	if len(wide) > 0 {
		return fmt.Errorf("these lines are wider than %d columns:\n%s", columns, strings.Join(wide, "\n"))
	}
	return nil
}

// sourceDirs lists the top directories and files that hold the project's own code.
func sourceDirs() ([]string, error) {
	entries, err := os.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, ".") || name == "node_modules" || name == "data" {
			continue
		} else if e.IsDir() || filepath.Ext(name) == ".go" {
			out = append(out, name)
		}
	}
	return out, nil
}

// vet checks every package natively and those of the browser program for it.
func vet(ctx context.Context) error {
	if err := command(ctx, "go", "vet", "./...").Run(); err != nil {
		return fmt.Errorf("go vet failed: %w", err)
	}
	pkgs, err := browserPackages(ctx)
	if err != nil || len(pkgs) == 0 {
		return err
	}
	cmd := command(ctx, "go", append([]string{"vet"}, pkgs...)...)
	cmd.Env = flags.Browser(nil)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go vet failed for the browser: %w", err)
	}
	return nil
}

// browserPackages lists the module's packages in the browser program and
// those with browser tests.
func browserPackages(ctx context.Context) ([]string, error) {
	pkgs, err := browserTests(ctx)
	if err != nil {
		return nil, err
	}
	if !exists(flags.WASM) {
		return pkgs, nil
	}
	out, err := output(ctx, flags.Browser(nil), "go", "list", "-deps", "-f",
		"{{if not .Standard}}{{.ImportPath}}{{end}}", flags.WASM)
	if err != nil {
		return nil, err
	}
	for p := range strings.FieldsSeq(out) {
		if strings.HasPrefix(p, "tccc/") {
			pkgs = append(pkgs, p)
		}
	}
	return pkgs, nil
}

func buildAll(ctx context.Context) error {
	if err := runWASM(ctx, nil); err != nil {
		return err
	}
	return runGateway(ctx, nil)
}

// nativeTests runs every test but the end-to-end ones under the race detector.
func nativeTests(ctx context.Context) error {
	out, err := output(ctx, nil, "go", "list", "./...")
	if err != nil {
		return err
	}
	var pkgs []string
	for p := range strings.FieldsSeq(out) {
		if !strings.HasPrefix(p, "tccc/test/") {
			pkgs = append(pkgs, p)
		}
	}
	if err := goTest(ctx, nil, []string{"-race", "-timeout=20m"}, pkgs); err != nil {
		return fmt.Errorf("native tests failed: %w", err)
	}
	return nil
}

// endToEnd runs the suites under test against bin/tccc, two at a time: mostly
// they wait.
func endToEnd(ctx context.Context) error {
	out, err := output(ctx, nil, "go", "list", "./test/...")
	if err != nil {
		return err
	}
	if out == "" {
		fmt.Println("no end-to-end tests")
		return nil
	}
	chromium, err := needChromium(ctx)
	if err != nil {
		return err
	}
	if _, err := needAxe(ctx); err != nil {
		return err
	}
	env := append(os.Environ(), "CHROMIUM="+chromium)
	if err := goTest(ctx, env, []string{"-count=1", "-p=2", "-timeout=20m"}, []string{"./test/..."}); err != nil {
		return fmt.Errorf("end-to-end tests failed: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
