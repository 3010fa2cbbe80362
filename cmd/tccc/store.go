package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"tccc/gateway/store"
)

// storeFiles looks at the files of a gateway's store.
func storeFiles(_ context.Context, args []string) error {
	if len(args) == 0 || args[0] != "check" && args[0] != "repair" {
		return errors.New(`say "tccc store check" or "tccc store repair"`)
	}
	q := newQuestion("store " + args[0])
	dir, err := q.dir(args[1:])
	if err != nil {
		return err
	}
	look := store.Check
	if args[0] == "repair" {
		look = store.Repair
	}
	r, err := look(dir)
	if err != nil {
		return err
	}
	err = q.print(r, func(w io.Writer) {
		fmt.Fprintf(w, "%d records in %d files\n", r.Records, r.Files)
		for _, d := range r.Damage {
			what := "damaged record"
			switch {
			case d.Tail:
				what = "unfinished write"
			case d.Settings:
				what = "damaged settings"
			}
			fmt.Fprintf(w, "%s\t%s\tsequence %d\t%s\t%s, byte %d, %d bytes\n", what, d.Stream, d.Sequence,
				text(d.Subject), d.File, d.At, d.Bytes)
		}
		for _, g := range r.Gaps {
			fmt.Fprintf(w, "messages are missing\t%s\t%d after number %d\n", text(g.Subject), g.Missing, g.After)
		}
	})
	if err == nil && args[0] == "check" && !r.Sound() {
		err = errors.New("the store is damaged: stop the gateway and run tccc store repair")
	}
	return err
}
