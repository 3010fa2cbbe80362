package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// mostAgain is how many failed tests are run a second time. More than that is
// no accident of a busy machine.
const mostAgain = 3

// failed is a test that failed.
type failed struct{ pkg, test string }

// unsteady are tests that failed and then passed by themselves. They are named
// in the last line of the run: each is a fault, of the product or of the test.
var unsteady []failed

// goTest runs go test with the arguments and packages. A few tests that fail are
// run once more, alone: the suites share two cores with whatever else runs, and
// the first failure stays in the output.
func goTest(ctx context.Context, env, args, pkgs []string) error {
	var out bytes.Buffer
	err := testCommand(ctx, env, &out, slices.Concat(args, pkgs)).Run()
	if err == nil || ctx.Err() != nil {
		return err
	}
	tests, ok := failures(out.String())
	if !ok || len(tests) > mostAgain {
		return err
	}
	for _, t := range tests {
		fmt.Printf("--- again, alone: %s %s\n", t.pkg, t.test)
		again := slices.Concat(args, []string{"-count=1", "-run=^" + t.test + "$", t.pkg})
		if err := testCommand(ctx, env, io.Discard, again).Run(); err != nil {
			return fmt.Errorf("%s failed again: %w", t.test, err)
		}
		unsteady = append(unsteady, t)
	}
	return nil
}

func testCommand(ctx context.Context, env []string, out io.Writer, args []string) *exec.Cmd {
	cmd := command(ctx, "go", append([]string{"test"}, args...)...)
	cmd.Stdout = io.MultiWriter(os.Stdout, out)
	if env != nil {
		cmd.Env = env
	}
	return cmd
}

var (
	testLine    = regexp.MustCompile(`^--- FAIL: (\S+) \(`)
	packageLine = regexp.MustCompile(`^FAIL\t(\S+)\t[0-9.]+s$`)
)

// failures reads which tests failed from what go test printed. It is not ok
// where a package failed otherwise: it panicked, took too long, does not build,
// or leaks after its last test.
func failures(out string) (tests []failed, ok bool) {
	var names []string
	for line := range strings.Lines(out) {
		line = strings.TrimRight(line, "\r\n")
		if m := testLine.FindStringSubmatch(line); m != nil {
			names = append(names, m[1])
			continue
		}
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "FAIL\t") && !packageLine.MatchString(line) {
			return nil, false
		}
		if m := packageLine.FindStringSubmatch(line); m != nil {
			if len(names) == 0 {
				return nil, false
			}
			for _, name := range names {
				tests = append(tests, failed{m[1], name})
			}
			names = nil
		}
	}
	return tests, len(tests) > 0 && len(names) == 0
}

// unsteadyLine names the unsteady tests, or is empty.
func unsteadyLine() string {
	if len(unsteady) == 0 {
		return ""
	}
	var names []string
	for _, t := range unsteady {
		names = append(names, t.pkg+" "+t.test)
	}
	return fmt.Sprintf("UNSTEADY: passed at the second try only: %s", strings.Join(names, ", "))
}
