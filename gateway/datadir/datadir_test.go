package datadir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADirectoryIsOfOneKind(t *testing.T) {
	n1 := Mark{Cluster: "tccc", Node: "n1"}
	node := t.TempDir()
	require.NoError(t, Single(node))
	require.NoError(t, Claim(node, n1))
	require.NoError(t, os.Mkdir(filepath.Join(node, "jetstream"), 0o700))
	require.NoError(t, Claim(node, n1), "the node's own")

	require.ErrorIs(t, Single(node), ErrKind)
	err := Claim(node, Mark{Cluster: "tccc", Node: "n2"})
	require.ErrorIs(t, err, ErrKind)
	require.ErrorContains(t, err, "node n1 of the cluster tccc, and this is node n2 of tccc")
	require.ErrorIs(t, Claim(node, Mark{Cluster: "other", Node: "n1"}), ErrKind)

	single := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(single, "jetstream"), 0o700))
	err = Claim(single, n1)
	require.ErrorIs(t, err, ErrKind)
	require.ErrorContains(t, err, "the records of a single gateway")
	require.NoError(t, Single(single), "it is as it was")
}

func TestADamagedMark(t *testing.T) {
	for _, text := range []string{"", "{}", "x", `{"cluster":"tccc"}`} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, markName), []byte(text), 0o600))
		require.Error(t, Single(dir))
		require.ErrorContains(t, Claim(dir, Mark{Cluster: "tccc", Node: "n1"}), "whose the directory is")
	}
}

func TestADirectoryIsOfOneProcess(t *testing.T) {
	dir := t.TempDir()
	unlock, err := Lock(dir)
	require.NoError(t, err)
	_, err = Lock(dir)
	require.ErrorIs(t, err, ErrLocked)
	unlock()
	unlock, err = Lock(dir)
	require.NoError(t, err)
	unlock()
}
