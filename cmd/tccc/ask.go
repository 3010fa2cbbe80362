package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"tccc/gateway/admin"
	"tccc/gateway/config"
)

// question are the options of commands that ask a running gateway.
type question struct {
	*flag.FlagSet
	file, data, app string
	json            bool
}

func newQuestion(name string) *question {
	q := &question{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError)}
	q.StringVar(&q.file, "config", "", "configuration `FILE` of the gateway; without it that of the demo tenant")
	q.StringVar(&q.data, "data", "", "data `DIR` of the gateway, instead of the configuration's")
	q.BoolVar(&q.json, "json", false, "print JSON")
	return q
}

// ask reads the options and finds the gateway.
func (q *question) ask(args []string) (*admin.Client, error) {
	dir, err := q.dir(args)
	if err != nil {
		return nil, err
	}
	return admin.Dial(dir)
}

// dir reads the options and finds the data directory.
func (q *question) dir(args []string) (string, error) {
	if err := q.Parse(args); err != nil {
		return "", err
	}
	if q.NArg() > 0 {
		return "", fmt.Errorf("%q is too much; options begin with a hyphen", q.Arg(0))
	}
	if q.data != "" {
		return q.data, nil
	}
	conf, err := config.Load(q.file, os.Environ())
	if err != nil {
		return "", err
	}
	return conf.DataDir(), nil
}

// print writes a value as JSON, or as the table that f writes.
func (q *question) print(v any, f func(w io.Writer)) error {
	if q.json {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(v)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 8, 2, ' ', 0)
	f(w)
	return w.Flush()
}

// snapshot asks for the state, of one application if one was named.
func (q *question) snapshot(ctx context.Context, args []string) (*admin.Snapshot, error) {
	q.StringVar(&q.app, "app", "", "`ID` of the application; without it all")
	c, err := q.ask(args)
	if err != nil {
		return nil, err
	}
	s, err := c.Snapshot(ctx)
	if err != nil || q.app == "" {
		return s, err
	}
	for _, a := range s.Apps {
		if a.SDKAppID == q.app {
			s.Apps = []admin.App{a}
			return s, nil
		}
	}
	return nil, fmt.Errorf("there is no application %q", q.app)
}

func agents(ctx context.Context, args []string) error {
	q := newQuestion("agents")
	s, err := q.snapshot(ctx, args)
	if err != nil {
		return err
	}
	return q.print(s.Apps, func(w io.Writer) {
		fmt.Fprintln(w, "APP\tAGENT\tNAME\tNO\tSTATUS\tFOR\tSESSIONS\tGROUPS")
		for _, app := range s.Apps {
			for _, a := range app.Agents {
				status := string(a.Status)
				if a.RestReason != "" {
					status += " (" + a.RestReason + ")"
				}
				if a.Status != "offline" && !a.Present {
					status += ", away"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", app.SDKAppID, text(a.UserID), text(a.Name),
					text(a.StaffNo), text(status),
					lasted(a.Since, s.At), a.Sessions, text(strings.Join(a.Groups, ",")))
			}
		}
	})
}

func sessions(ctx context.Context, args []string) error {
	q := newQuestion("sessions")
	s, err := q.snapshot(ctx, args)
	if err != nil {
		return err
	}
	return q.print(s.Apps, func(w io.Writer) {
		fmt.Fprintln(w, "APP\tSESSION\tTYPE\tDIR\tSTATE\tFOR\tFROM\tTO\tAGENT\tGROUP")
		for _, app := range s.Apps {
			for _, c := range app.Sessions {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", app.SDKAppID, c.SessionID, c.Type,
					c.Direction, c.State,
					lasted(c.StartAt, s.At), text(c.Caller), text(c.Callee), text(c.Agent), text(c.Group))
			}
		}
	})
}

func token(ctx context.Context, args []string) error {
	q := newQuestion("token")
	q.StringVar(&q.app, "app", "", "`ID` of the application, if there are several")
	user := q.String("user", "", "`ACCOUNT` of the agent")
	once := q.Bool("once", false, "valid for one login only")
	c, err := q.ask(args)
	if err != nil {
		return err
	}
	if *user == "" {
		return errors.New("name the agent with -user")
	}
	t, err := c.IssueToken(ctx, q.app, *user, *once)
	if err != nil {
		return err
	}
	return q.print(t, func(w io.Writer) {
		fmt.Fprintf(w, "token\t%s\nexpires\t%s\nSDK\t%s\n", t.Token, time.UnixMilli(t.Expires).Format(time.RFC3339),
			t.SDKURL)
	})
}

func pushes(ctx context.Context, args []string) error {
	q := newQuestion("pushes")
	dead := q.Bool("dead", false, "list the pushes that were given up")
	replay := q.String("replay", "", "send pushes again that were given up: `NUMBERS` from the list, separated by commas, or all")
	c, err := q.ask(args)
	switch {
	case err != nil:
		return err
	case *replay != "":
		seqs, err := numbers(*replay)
		if err != nil {
			return err
		}
		n, err := c.ReplayPushes(ctx, seqs)
		if err == nil {
			fmt.Println(n, "pushes are sent again")
		}
		return err
	case !*dead:
		return errors.New("choose -dead or -replay")
	}
	return listDead(ctx, q, c)
}

func listDead(ctx context.Context, q *question, c *admin.Client) error {
	all, err := c.DeadPushes(ctx, 0)
	for more := all; err == nil && len(more) > 0; all = append(all, more...) {
		more, err = c.DeadPushes(ctx, more[len(more)-1].Seq)
	}
	if err != nil {
		return err
	}
	return q.print(all, func(w io.Writer) {
		fmt.Fprintln(w, "NUMBER\tAPP\tRECEIVER\tKIND\tKEY\tHAPPENED\tATTEMPTS\tREASON")
		for _, d := range all {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", d.Seq, d.SDKAppID, d.Receiver, d.Kind, text(d.Key),
				time.UnixMilli(d.At).Format(time.DateTime), d.Attempts, text(d.Reason))
		}
	})
}

// numbers reads the list of -replay; nil is all.
func numbers(list string) (seqs []uint64, err error) {
	if list == "all" {
		return nil, nil
	}
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.ParseUint(strings.TrimSpace(word), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is not a number of the list", word)
		}
		seqs = append(seqs, n)
	}
	return seqs, nil
}

// lasted is the time between two moments, for people.
func lasted(from, to int64) string {
	if from == 0 {
		return "-"
	}
	return time.Duration(max(to-from, 0) * int64(time.Millisecond)).Truncate(time.Second).String()
}

// text makes what others have written fit for a terminal.
func text(s string) string {
	if s == "" {
		return "-"
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}
