package webhook

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The vector was computed with openssl:
//
//	printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac key
func TestSign(t *testing.T) {
	const want = "v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"
	assert.Equal(t, want, Sign("key", 1700000000, []byte(`{"a":1}`)))
}
