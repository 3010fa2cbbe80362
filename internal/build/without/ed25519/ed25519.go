// Package ed25519 stands in for crypto/ed25519 in the browser program, which
// has no such key: its certificates are the browser's.
package ed25519

import (
	"bytes"
	"crypto"
	"errors"
	"io"
)

// Sizes of RFC 8032, in bytes.
const (
	PublicKeySize  = 32
	PrivateKeySize = 64
	SignatureSize  = 64
	SeedSize       = 32
)

var errLeftOut = errors.New("ed25519: left out of this program")

// PublicKey is a key's public half.
type PublicKey []byte

// Equal reports whether two keys are the same.
func (p PublicKey) Equal(x crypto.PublicKey) bool {
	q, ok := x.(PublicKey)
	return ok && bytes.Equal(p, q)
}

// PrivateKey is a key.
type PrivateKey []byte

// Public gives nothing.
func (PrivateKey) Public() crypto.PublicKey { return PublicKey(nil) }

// Seed gives nothing.
func (PrivateKey) Seed() []byte { return nil }

// Sign fails.
func (PrivateKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return nil, errLeftOut }

// GenerateKey fails.
func GenerateKey(io.Reader) (PublicKey, PrivateKey, error) { return nil, nil, errLeftOut }

// NewKeyFromSeed gives a key that signs nothing.
func NewKeyFromSeed([]byte) PrivateKey { return nil }

// Sign gives no signature.
func Sign(PrivateKey, []byte) []byte { return nil }

// Verify finds no signature good.
func Verify(PublicKey, []byte, []byte) bool { return false }
