package cluster

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// probe asks, before anything of this node runs, those that are there whether
// it belongs to them. A server that joins under a wrong name would become a
// member of the consensus for good.
func probe(ctx context.Context, o *Options) error {
	ctx, cancel := context.WithTimeout(ctx, handshakeMost)
	defer cancel()
	found := make([]found, len(o.Routes))
	var all sync.WaitGroup
	for i, route := range o.Routes {
		all.Go(func() { found[i] = ask(ctx, o, route) })
	}
	all.Wait()
	var names, silent []string
	for i, f := range found {
		route := o.Routes[i]
		switch {
		case f.refusal != "":
			return fmt.Errorf("%w by the node at %s: %s", ErrRefused, route, f.refusal)
		case f.err != nil:
			silent = append(silent, fmt.Sprintf("%s (%v)", route, f.err))
		case f.name == o.Node:
			return fmt.Errorf("%w: the node at %s is %s already: give each node a name of its own in cluster.node",
				ErrRefused, route, f.name)
		case !slices.Contains(names, f.name):
			names = append(names, f.name)
		}
	}
	if len(names) >= len(o.Routes) {
		slices.Sort(names)
		return fmt.Errorf("%w: the cluster has its %d nodes already (%s): name every node in cluster.routes, "+
			"also on the others, or use the name of one of them", ErrRefused, len(names), strings.Join(names, ", "))
	}
	if len(names) == 0 {
		o.Log.Warn("no other node answers: this one waits. Start them, or look at cluster.routes and the network between",
			"routes", silent)
	}
	return nil
}

// free reports why nobody can listen on an address.
func free(listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("cluster.listen: %w: end what listens there, or give this node another address", err)
	}
	return l.Close()
}

// found is what is at the end of a route.
type found struct {
	name    string
	refusal string
	err     error
}

// ask opens a route as a server does, up to the point where both sides know who
// the other one is, and goes away. It never becomes a route.
func ask(ctx context.Context, o *Options, route string) (f found) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", route)
	if err != nil {
		return found{err: err}
	}
	defer func() { _ = conn.Close() }()
	plain := conn
	stop := context.AfterFunc(ctx, func() { _ = plain.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if o.TLS != nil { // it comes before anything else
		secure := tls.Client(conn, serverName(routeTLS(o), route))
		switch err := secure.HandshakeContext(ctx); {
		case errors.As(err, new(tls.RecordHeaderError)):
			return found{refusal: oneSided}
		case errors.As(err, new(*tls.CertificateVerificationError)), errors.As(err, new(tls.AlertError)):
			return found{refusal: fmt.Sprintf("the TLS handshake failed (%v): look at cluster.tls on both nodes", err)}
		case err != nil:
			return found{err: err}
		}
		conn = secure
	}
	return meet(ctx, conn, o)
}

const oneSided = "one side uses TLS and the other does not: set cluster.tls on all nodes or on none"

// meet exchanges names over a connection.
func meet(ctx context.Context, conn net.Conn, o *Options) (f found) {
	if o.TLS == nil {
		_ = conn.SetReadDeadline(time.Now().Add(handshakeMost / 2))
	}
	info, err := readInfo(conn)
	if o.TLS == nil && errors.Is(err, os.ErrDeadlineExceeded) && speaksTLS(ctx, conn) {
		return found{refusal: oneSided}
	}
	if err == nil && info.Cluster != o.Cluster {
		f.refusal = fmt.Sprintf("it is of the cluster %q, and this node of %q: give all nodes the same cluster.name, "+
			"or correct cluster.routes", info.Cluster, o.Cluster)
		return f
	}
	if f.name = info.Name; err == nil {
		f.refusal, err = introduce(conn, o)
	}
	if errors.As(err, new(tls.AlertError)) {
		f.refusal = fmt.Sprintf("it does not take this node's certificate (%v): look at cluster.tls on both nodes", err)
	}
	f.err = err
	return f
}

// speaksTLS reports whether somebody who says nothing waits for TLS. Nothing is
// sent to it, so it need not be verified.
func speaksTLS(ctx context.Context, conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Time{})
	err := tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).HandshakeContext(ctx)
	return err == nil || errors.As(err, new(tls.AlertError))
}

func serverName(c *tls.Config, route string) *tls.Config {
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(route)
	}
	return c
}

// routeInfo is what a server says first.
type routeInfo struct {
	Name    string `json:"server_name"`
	Cluster string `json:"cluster"`
}

// mostLine bounds a line of the protocol.
const mostLine = 32 << 10

// readInfo reads byte by byte: what follows the line is read by others.
func readInfo(r io.Reader) (info routeInfo, err error) {
	var line []byte
	for one := []byte{0}; len(line) < mostLine; {
		if _, err := io.ReadFull(r, one); err != nil {
			return info, err
		}
		if one[0] == '\n' {
			break
		}
		line = append(line, one[0])
	}
	text, ok := strings.CutPrefix(string(line), "INFO ")
	if !ok || json.Unmarshal([]byte(text), &info) != nil || info.Name == "" {
		return info, errors.New("it is no node of a cluster")
	}
	return info, nil
}

// introduce says who this node is. The answer to a ping says that it may come.
func introduce(conn net.Conn, o *Options) (refusal string, err error) {
	hello, err := json.Marshal(map[string]any{
		"verbose": false, "pedantic": false, "user": routeUser, "pass": routePassword(o), "tls_required": o.TLS != nil,
		"name": "probe of " + o.Node, "cluster": o.Cluster, "headers": true,
	})
	if err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "CONNECT %s\r\nPING\r\n", hello); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(io.LimitReader(conn, 4*mostLine))
	for lines.Scan() {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "PONG"):
			return "", nil
		case strings.Contains(line, "Authorization"):
			return "it has another secret: give all nodes the same cluster.secret", nil
		case strings.HasPrefix(line, "-ERR"):
			return strings.Trim(strings.TrimPrefix(line, "-ERR"), " '"), nil
		}
	}
	if err := lines.Err(); err != nil {
		return "", err
	}
	return "", io.ErrUnexpectedEOF
}
