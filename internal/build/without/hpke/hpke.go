// Package hpke stands in for crypto/hpke in the browser program: what
// crypto/tls calls of it (RFC 9180, for Encrypted Client Hello), and nothing
// behind it. Pion's DTLS brings crypto/tls into the program, where the browser
// makes every connection itself; crypto/hpke would bring three elliptic curves
// and ML-KEM, a tenth of the program.
package hpke

import "errors"

var errLeftOut = errors.New("hpke: left out of this program")

// KEM is a key encapsulation mechanism.
type KEM interface {
	NewPublicKey([]byte) (PublicKey, error)
	NewPrivateKey([]byte) (PrivateKey, error)
}

// PublicKey is a key of a KEM.
type PublicKey interface{ Bytes() []byte }

// PrivateKey is a key of a KEM.
type PrivateKey interface{ Bytes() ([]byte, error) }

// KDF is a key derivation function.
type KDF interface{ ID() uint16 }

// AEAD is a cipher.
type AEAD interface{ ID() uint16 }

// Sender seals.
type Sender struct{}

// Recipient opens.
type Recipient struct{}

// NewKEM fails.
func NewKEM(uint16) (KEM, error) { return nil, errLeftOut }

// NewKDF fails.
func NewKDF(uint16) (KDF, error) { return nil, errLeftOut }

// NewAEAD fails.
func NewAEAD(uint16) (AEAD, error) { return nil, errLeftOut }

// NewSender fails.
func NewSender(PublicKey, KDF, AEAD, []byte) ([]byte, *Sender, error) { return nil, nil, errLeftOut }

// NewRecipient fails.
func NewRecipient([]byte, PrivateKey, KDF, AEAD, []byte) (*Recipient, error) {
	return nil, errLeftOut
}

// Seal fails.
func (*Sender) Seal(_, _ []byte) ([]byte, error) { return nil, errLeftOut }

// Open fails.
func (*Recipient) Open(_, _ []byte) ([]byte, error) { return nil, errLeftOut }
