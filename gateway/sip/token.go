package sip

import "crypto/rand"

const tokenAlphabet = "abcdefghijkmnopqrstuvwxyz23456789"

// token is a random word of n letters, 5 bits each.
func token(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = tokenAlphabet[int(b[i])%32]
	}
	return string(b)
}
