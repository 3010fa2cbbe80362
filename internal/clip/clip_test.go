package clip

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTo(t *testing.T) {
	assert.Equal(t, "abc", To("abc", 3))
	assert.Equal(t, "ab", To("abc", 2))
	assert.Equal(t, "a", To("a话", 3), "half a character is none")
}

func TestShown(t *testing.T) {
	assert.Equal(t, "short", Shown("short", 5))
	assert.Equal(t, "ab…", Shown("abc", 2))
}
