package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAFenceRefusesWhoeverWasReplaced(t *testing.T) {
	var f Fence
	require.NoError(t, f.Pass("1", 3))
	require.NoError(t, f.Pass("1", 3))
	require.NoError(t, f.Pass("2", 1), "each application has its own")
	require.NoError(t, f.Pass("1", 7))
	err := f.Pass("1", 3)
	var fenced *ErrFenced
	require.ErrorAs(t, err, &fenced)
	require.Equal(t, ErrFenced{App: "1", Fence: 3, Seen: 7}, *fenced)
	require.Error(t, f.Pass("3", 0), "nobody has the fence 0")
}
