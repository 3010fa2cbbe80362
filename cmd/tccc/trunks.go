package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

// trunks lists the targets of SIP trunks.
func trunks(ctx context.Context, args []string) error {
	q := newQuestion("trunks")
	c, err := q.ask(args)
	if err != nil {
		return err
	}
	list, err := c.Trunks(ctx)
	if err != nil {
		return err
	}
	return q.print(list, func(w io.Writer) {
		fmt.Fprintln(w, "TRUNK\tHOST\tTARGET\tPRIORITY\tSTATE\tFOR\tREASON")
		now := time.Now()
		for _, t := range list {
			state := "up"
			switch {
			case t.Target == "":
				state = "not found"
			case t.Retry != 0 && !t.Up:
				state = "down, tried again in " + lasted(now.UnixMilli(), t.Retry)
			case !t.Up:
				state = "down"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", text(t.Trunk), text(t.Host), text(t.Target), t.Priority,
				state,
				lasted(t.Since, now.UnixMilli()), text(t.Reason))
		}
	})
}
