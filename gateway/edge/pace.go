package edge

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// How slow a client may be.
const (
	// stall is how long a client may take nothing of an answer.
	stall = 10 * time.Second
	// piece is how much it must take in that time.
	piece = 64 << 10
	// bodyGrace and bodyRate are how long a body may take: so long, and for its
	// bytes so many a second.
	bodyGrace = 10 * time.Second
	bodyRate  = 8 << 10
)

// paced is an answer with deadlines. It is no io.ReaderFrom: a file that is
// handed over whole has one deadline or none.
type paced struct {
	http.ResponseWriter
	rc *http.ResponseController
}

// pace puts deadlines on a request's body and on what is answered.
func pace(w http.ResponseWriter, r *http.Request) *paced {
	p := &paced{ResponseWriter: w, rc: http.NewResponseController(w)}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = newBody(r.Body, p.rc)
	}
	return p
}

// Unwrap lets http.ResponseController and WebSockets find the connection.
func (p *paced) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Write implements io.Writer.
func (p *paced) Write(b []byte) (n int, err error) {
	for {
		part := b[n:min(len(b), n+piece)]
		p.hurry()
		m, err := p.ResponseWriter.Write(part)
		n += m
		if err != nil || n == len(b) {
			return n, err
		}
	}
}

// Flush implements http.Flusher.
func (p *paced) Flush() {
	p.hurry()
	_ = p.rc.Flush()
}

// finish gives what is still to be flushed a time of its own.
func (p *paced) finish() { p.hurry() }

func (p *paced) hurry() { _ = p.rc.SetWriteDeadline(time.Now().Add(stall)) }

// body is a request's body that must come in time.
type body struct {
	io.ReadCloser
	rc    *http.ResponseController
	start time.Time
	n     int64
}

func newBody(r io.ReadCloser, rc *http.ResponseController) *body {
	b := &body{ReadCloser: r, rc: rc, start: time.Now()}
	b.hurry()
	return b
}

// Read implements io.Reader. When all is read the deadline goes: a handler may
// take its time, and the connection is listened on meanwhile.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n += int64(n)
	if errors.Is(err, io.EOF) {
		_ = b.rc.SetReadDeadline(time.Time{})
	} else if n > 0 {
		b.hurry()
	}
	return n, err
}

func (b *body) hurry() {
	_ = b.rc.SetReadDeadline(b.start.Add(bodyGrace + time.Duration(b.n)*time.Second/bodyRate))
}
