package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// fuzzTime is how long each target is fuzzed unless -time says otherwise.
const fuzzTime = time.Hour

// runFuzz fuzzes every target of the module, or those that match, one after the
// other. What is found is kept by go test in the package's testdata/fuzz, where
// every later run of the tests tries it again.
func runFuzz(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("fuzz", flag.ContinueOnError)
	each := flags.Duration("time", fuzzTime, "how long each `TARGET` is fuzzed")
	match := flags.String("run", ".", "`REGEXP` of the targets, PACKAGE.NAME")
	if err := flags.Parse(args); err != nil {
		return err
	}
	wanted, err := regexp.Compile(*match)
	if err != nil {
		return fmt.Errorf("-run: %w", err)
	}
	targets, err := fuzzTargets(ctx)
	if err != nil {
		return err
	}
	var failed []error
	ran := 0
	for _, t := range targets {
		if !wanted.MatchString(t.String()) {
			continue
		}
		ran++
		fmt.Printf("=== %s for %s\n", t, *each)
		cmd := command(ctx, "go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each.String(), t.pkg)
		if err := cmd.Run(); err != nil {
			failed = append(failed, fmt.Errorf("%s failed: %w", t, err))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	fmt.Printf("%d targets fuzzed, %d failed\n", ran, len(failed))
	return errors.Join(failed...)
}

// fuzzTarget is one function that is fuzzed.
type fuzzTarget struct{ pkg, name string }

func (t fuzzTarget) String() string { return t.pkg + "." + t.name }

// fuzzTargets asks go test for the targets of all packages.
func fuzzTargets(ctx context.Context) ([]fuzzTarget, error) {
	out, err := output(ctx, nil, "go", "test", "-list=^Fuzz", "./...")
	if err != nil {
		return nil, err
	}
	return readTargets(out), nil
}

// readTargets reads what go test -list prints: names, and then the line of
// their package.
func readTargets(out string) (all []fuzzTarget) {
	var names []string
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 1 && strings.HasPrefix(fields[0], "Fuzz"):
			names = append(names, fields[0])
		case len(fields) > 1 && fields[0] == "ok":
			for _, name := range names {
				all = append(all, fuzzTarget{fields[1], name})
			}
			names = nil
		}
	}
	return all
}
