// Package tlsconf serves a certificate from files and follows their changes,
// so that a renewed certificate needs no restart.
package tlsconf

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files are looked at, at most.
const lookEvery = 5 * time.Second

// Files is a certificate in two PEM files: the certificate with its chain, and
// its private key.
type Files struct {
	cert, key string
	log       *slog.Logger
	now       func() time.Time

	mu      sync.Mutex
	current *tls.Certificate
	stamp   stamp
	looked  time.Time
}

// stamp tells versions of the two files apart.
type stamp struct {
	certAt, keyAt     time.Time
	certSize, keySize int64
}

// Load reads the files. Their later changes are taken over; if they do not
// fit together then, the certificate before stays in use and the log says so.
func Load(cert, key string, log *slog.Logger) (*Files, error) {
	f := &Files{cert: cert, key: key, log: log, now: time.Now}
	if err := f.load(); err != nil {
		return nil, err
	}
	return f, nil
}

// Config is for a server: TLS 1.2 and newer, HTTP/2 and HTTP/1.1.
func (f *Files) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return f.certificate(), nil },
	}
}

func (f *Files) certificate() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if now.Sub(f.looked) < lookEvery {
		return f.current
	}
	f.looked = now
	if s, err := f.look(); err != nil {
		f.log.Warn("the certificate's files cannot be read, the one before stays in use", "err", err)
	} else if s != f.stamp {
		if err := f.load(); err != nil {
			f.log.Error("the new certificate was not taken over, the one before stays in use", "err", err)
			return f.current
		}
		f.log.Info("the certificate was reloaded", "notAfter", f.current.Leaf.NotAfter)
	}
	return f.current
}

func (f *Files) look() (s stamp, err error) {
	c, err := os.Stat(f.cert)
	if err != nil {
		return s, err
	}
	k, err := os.Stat(f.key)
	if err != nil {
		return s, err
	}
	return stamp{c.ModTime(), k.ModTime(), c.Size(), k.Size()}, nil
}

// load reads both files. The stamp is taken before: what changes while they
// are read is seen the next time.
func (f *Files) load() error {
	s, err := f.look()
	if err != nil {
		return fmt.Errorf("failed to read the certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return fmt.Errorf("failed to read the certificate: %w", err)
	}
	f.current, f.stamp, f.looked = &pair, s, f.now()
	return nil
}
