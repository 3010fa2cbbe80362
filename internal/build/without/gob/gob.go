// Package gob stands in for encoding/gob in the browser program: Pion's DTLS
// can store the state of a connection with it, of which the browser program has
// none.
package gob

import (
	"errors"
	"io"
)

var errLeftOut = errors.New("gob: left out of this program")

// Encoder encodes nothing.
type Encoder struct{}

// NewEncoder returns an encoder.
func NewEncoder(io.Writer) *Encoder { return &Encoder{} }

// Encode fails.
func (*Encoder) Encode(any) error { return errLeftOut }

// Decoder decodes nothing.
type Decoder struct{}

// NewDecoder returns a decoder.
func NewDecoder(io.Reader) *Decoder { return &Decoder{} }

// Decode fails.
func (*Decoder) Decode(any) error { return errLeftOut }
