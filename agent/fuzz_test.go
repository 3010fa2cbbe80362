//go:build !js

package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"tccc/agent"
	"tccc/wire"
)

// pipe is a socket whose gateway is the fuzzer's input: each line is a frame,
// sent after the login, which is answered properly.
type pipe struct {
	lines  [][]byte
	in     chan []byte
	closed chan struct{}
	once   sync.Once
}

func (p *pipe) Read(ctx context.Context) ([]byte, error) {
	select {
	case text := <-p.in:
		return text, nil
	case <-p.closed:
		return nil, context.Canceled
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Write(text []byte) error {
	f, err := wire.Decode(text)
	if err != nil {
		return err
	}
	if f.Method != wire.MethodLogin {
		return nil
	}
	res, _ := json.Marshal(phoneLogin())
	out := [][]byte{mustFrame(&wire.Frame{ID: f.ID, Result: res})}
	out = append(out, p.lines...)
	go func() {
		for _, text := range out {
			select {
			case p.in <- text:
			case <-p.closed:
				return
			}
		}
		p.Close()
	}()
	return nil
}

func (p *pipe) Close() { p.once.Do(func() { close(p.closed) }) }

func mustFrame(f *wire.Frame) []byte {
	text, err := wire.Encode(f)
	if err != nil {
		panic(err)
	}
	return text
}

type pipes struct {
	lines [][]byte
	dials chan struct{}
}

func (d *pipes) Dial(ctx context.Context) (agent.Conn, error) {
	select {
	case d.dials <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return &pipe{lines: d.lines, in: make(chan []byte), closed: make(chan struct{})}, nil
}

// FuzzFrames gives the core any frames after its login: it must neither panic
// nor get stuck, and shut down when told to.
func FuzzFrames(f *testing.F) {
	for _, seed := range []string{
		``,
		`{"jsonrpc":"2.0","method":"event","params":{"seq":1,"name":"callIn","data":{"sessionId":"s1"},"session":{"sessionId":"s1","type":"phone","state":"ringing"},"agent":{"status":"busy"}}}`,
		`{"jsonrpc":"2.0","method":"event","params":{"session":{"sessionId":"s1","type":"phone","state":"talking"}}}` +
			"\n" + `{"jsonrpc":"2.0","method":"event","params":{"session":{"sessionId":"s1","state":"ended"}}}`,
		`{"jsonrpc":"2.0","method":"event","params":{"seq":9}}`,
		`{"jsonrpc":"2.0","method":"kicked","params":{"reason":"replaced"}}` + "\n" +
			`{"jsonrpc":"2.0","method":"event","params":{"seq":1}}`,
		`{"jsonrpc":"2.0","method":"kicked","params":{"reason":"stopping"}}`,
		`{"jsonrpc":"2.0","id":2,"result":{"sdp":7}}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":2002}}`,
		`{"jsonrpc":"2.0","id":18446744073709551615,"result":{}}`,
		`{"jsonrpc":"2.0","method":"event","params":{"name":"sessionCompleted","data":[]}}`,
		`{"jsonrpc":"2.0","method":"event","params":{"agent":{"status":""}}}` + "\n{}\n[]\nnull\n\"",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 1<<14 {
			return
		}
		d := &pipes{lines: bytes.Split(input, []byte("\n")), dials: make(chan struct{})}
		m := newMedia()
		a := agent.New(agent.Options{Token: "t", Dialer: d, Media: m, OnEvent: func(e agent.Event) {
			if e.Data != nil && !json.Valid(e.Data) {
				t.Errorf("%s carries %q", e.Name, e.Data)
			}
		}})
		done := make(chan struct{})
		go func() {
			defer close(done)
			a.Run(context.Background())
		}()
		<-d.dials
		v := a.View()
		if len(v.Sessions) > len(d.lines) {
			t.Errorf("%d sessions of %d frames", len(v.Sessions), len(d.lines))
		}
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
		_ = a.Accept(ctx, "s1")
		cancel()
		a.Close()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			t.Fatal("Run did not return")
		}
	})
}
