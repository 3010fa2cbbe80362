package mask

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNumber(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "1001": "1001", "10086": "10086", "100861": "1***61", "1008612": "10***12", "12345678": "123***78",
		"13800000001": "138******01", "+8613800000001": "+86*********01", "一二三四五六七八": "一二三***七八",
	} {
		assert.Equal(t, want, Number(in))
	}
}
