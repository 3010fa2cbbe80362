package sip

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/emiago/sipgo/sip"
)

// maxPartial bounds the connections with a message that is not whole yet.
const maxPartial = 2 * maxTCP

// maxSkip is the longest body that is read past after 513, so that the connection
// need not be closed.
const maxSkip = 1 << 20

var (
	errFraming = errors.New("where the next SIP message begins is unknown")
	errPartial = errors.New("too many SIP connections are in the middle of a message")
)

// frames cuts what comes over connections into messages and tidies each, before
// sipgo's parser sees them: there a message that it cannot read ends the
// connection. One that is not understood here is answered and left out; the
// connection is closed only if the end of a message cannot be told.
type frames struct {
	s  *Server
	mu sync.Mutex
	in map[string]*frame
}

// frame is a connection's state between two messages.
type frame struct {
	buf  []byte // of a message that is not whole
	skip int    // bytes of a body that is too large
}

func frameKey(network, remote string) string { return sip.NetworkToUpper(network) + " " + remote }

// forget drops what is left of a connection that was closed.
func (f *frames) forget(network, remote string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.in, frameKey(network, remote))
}

// filter implements sip.TransportReadFilter. One connection is read by one
// goroutine.
func (f *frames) filter(from sip.TransportReadProps, data []byte) ([]byte, error) {
	if sip.NetworkToUpper(from.Transport) == "UDP" {
		return data, nil // gate has done it
	}
	key := frameKey(from.Transport, from.RemoteAddr.String())
	f.mu.Lock()
	c := f.in[key]
	full := len(f.in) >= maxPartial
	f.mu.Unlock()
	if c == nil {
		if len(bytes.Trim(data, "\r\n")) == 0 {
			return data, nil // a keep-alive, which sipgo answers
		}
		if c = new(frame); full {
			return nil, errPartial
		}
	}
	c.buf = append(c.buf, data...)
	out, err := f.cut(c, from)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || len(c.buf) == 0 && c.skip == 0 {
		delete(f.in, key)
	} else {
		f.in[key] = c
	}
	return out, err
}

// cut takes the whole messages out of a frame.
func (f *frames) cut(c *frame, from sip.TransportReadProps) (out []byte, err error) {
	for {
		n := min(c.skip, len(c.buf))
		c.skip -= n
		c.buf = bytes.TrimLeft(c.buf[n:], "\r\n")
		head := headLength(c.buf)
		switch {
		case len(c.buf) == 0 || head < 0 && len(c.buf) <= maxMessage:
			c.buf = bytes.Clone(c.buf) // not the space of what was taken out
			return out, nil
		case head < 0:
			f.answer(from, tidy(c.buf), 513, "Message Too Large")
			return nil, errFraming
		}
		clean := tidy(c.buf[:head])
		body, known := contentLength(clean)
		switch {
		case !known:
			f.answer(from, clean, 400, "Bad Content-Length")
			return nil, errFraming
		case head+body > maxMessage && body > maxSkip:
			f.answer(from, clean, 513, "Message Too Large")
			return nil, errFraming
		case head+body > maxMessage:
			f.answer(from, clean, 513, "Message Too Large")
			c.skip, c.buf = body, c.buf[head:]
			continue
		case len(c.buf) < head+body:
			return out, nil
		}
		message := append(withLength(clean), c.buf[head:head+body]...)
		c.buf = c.buf[head+body:]
		if fault := f.s.fault(message); fault == "" {
			out = append(out, message...)
		} else {
			f.answer(from, clean, 400, fault)
		}
	}
}

// withLength adds the Content-Length of a message that has no body and does not
// say so.
func withLength(head []byte) []byte {
	if bytes.Contains(bytes.ToLower(head), []byte("\r\ncontent-length:")) {
		return head
	}
	return append(head[:len(head)-2:len(head)-2], "Content-Length: 0\r\n\r\n"...)
}

// answer writes a refusal onto the connection.
func (f *frames) answer(from sip.TransportReadProps, clean []byte, code int, reason string) {
	b := plainRefusal(clean, code, reason)
	if b == nil {
		return
	}
	conn, err := f.s.tpl.GetConnection(from.Transport, from.RemoteAddr.String())
	if err != nil {
		return
	}
	if w, ok := conn.(io.Writer); ok {
		_, _ = w.Write(b) // with the deadline of the transport
	}
	_, _ = conn.TryClose() // GetConnection has counted us
}
