//go:build linux

package record

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tccc/gateway/disk/disktest"
)

// A recording that was completed is there, complete and by its name, after a
// loss of power.
func TestPowerIsLost(t *testing.T) {
	image := disktest.NewImage(t)
	dir := filepath.Join(image.Dir, "recordings")
	require.NoError(t, os.MkdirAll(dir, 0o700))
	r := open(t, dir, 0, nil)
	c := r.Record(app, "lost", false)
	require.NotNil(t, c)
	c.Close()
	require.NoError(t, r.Close(t.Context()))
	image.PowerLoss()
	path, ok := r.path(c.ID())
	require.True(t, ok)
	require.FileExists(t, path+".wav")
	read(t, path+".wav")
	require.NoFileExists(t, path+part)
}
