// Package mlkem stands in for crypto/mlkem in the browser program, which makes
// no TLS connection itself.
package mlkem

import (
	"crypto"
	"errors"
)

// Sizes of FIPS 203, in bytes.
const (
	SharedKeySize            = 32
	SeedSize                 = 64
	CiphertextSize768        = 1088
	EncapsulationKeySize768  = 1184
	CiphertextSize1024       = 1568
	EncapsulationKeySize1024 = 1568
)

var errLeftOut = errors.New("mlkem: left out of this program")

// NewDecapsulationKey768 fails.
func NewDecapsulationKey768([]byte) (crypto.Decapsulator, error) { return nil, errLeftOut }

// NewDecapsulationKey1024 fails.
func NewDecapsulationKey1024([]byte) (crypto.Decapsulator, error) { return nil, errLeftOut }

// NewEncapsulationKey768 fails.
func NewEncapsulationKey768([]byte) (crypto.Encapsulator, error) { return nil, errLeftOut }

// NewEncapsulationKey1024 fails.
func NewEncapsulationKey1024([]byte) (crypto.Encapsulator, error) { return nil, errLeftOut }
