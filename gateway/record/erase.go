package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Erase removes the recording of this id, and tells whether there was one. One
// of an application that is not configured is not found any more.
func (r *Recorder) Erase(id string) (bool, error) {
	path, ok := r.path(id)
	if !ok {
		return false, fmt.Errorf("the recording %s is not one of a configured application", id)
	}
	there := false
	files := []string{path + part}
	for _, f := range formats {
		files = append(files, path+f.end)
	}
	for _, file := range files {
		switch err := os.Remove(file); {
		case err == nil:
			there = true
		case !errors.Is(err, fs.ErrNotExist):
			return there, fmt.Errorf("failed to erase a recording: %w", err)
		}
	}
	_ = os.Remove(filepath.Dir(path)) // if it is empty
	return there, nil
}
