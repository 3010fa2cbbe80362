package main

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// erase removes everything about a customer.
func erase(ctx context.Context, args []string) error {
	q := newQuestion("erase")
	q.StringVar(&q.app, "app", "", "`ID` of the application; without it all")
	customer := q.String("customer", "", "telephone number, or `ID` in chats, audio and video sessions")
	c, err := q.ask(args)
	if err != nil {
		return err
	}
	if *customer == "" {
		return errors.New("name the customer with -customer: a telephone number or an id")
	}
	e, err := c.Erase(ctx, q.app, *customer)
	if err != nil {
		return err
	}
	return q.print(e, func(w io.Writer) {
		fmt.Fprintf(w, "sessions\t%d\ncall records\t%d\nmessages\t%d\nfiles\t%d\nrecordings\t%d\n", e.Sessions,
			e.Records, e.Messages, e.Files, e.Recordings)
		fmt.Fprintf(w, "snapshots\t%d\nvisits\t%d\npushes\t%d\nset aside\t%d\nbytes overwritten\t%d\n", e.Snapshots,
			e.Visits, e.Pushes, e.SetAside, e.Bytes)
		for _, left := range e.Left {
			fmt.Fprintf(w, "not erased\t%s\n", text(left))
		}
	})
}
