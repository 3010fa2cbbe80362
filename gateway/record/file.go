package record

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"tccc/gateway/disk"
)

// part is what the name of a file under way ends in.
const part = ".part"

// container is a file under way.
type container interface {
	// write adds pairs of mu-law samples, the customer's first.
	write(pairs []byte) error
	// end makes it whole.
	end() error
}

// format is a kind of file.
type format struct {
	name  string // in the configuration
	end   string // of the file's name
	mime  string
	magic string // that it begins with
	doc   string // and has near its beginning

	// create writes the beginning of an empty file.
	create func(f *os.File, c *Recording) (container, error)
	// repair makes a file whole that was broken off, with what is in it.
	repair func(f *os.File) error
}

var formats = []*format{
	{
		name: "wav", end: ".wav", mime: "audio/wav", magic: "RIFF", repair: repairWAV,
		create: func(f *os.File, _ *Recording) (container, error) { return newWAVFile(f) },
	},
	{
		name: "opus", end: ".opus", mime: "audio/ogg; codecs=opus", magic: "OggS", repair: repairOpus,
		create: func(f *os.File, _ *Recording) (container, error) { return newOpusFile(f) },
	},
	{
		name: "film", end: ".webm", mime: "video/webm", magic: "\x1A\x45\xDF\xA3", doc: "webm", repair: repairFilm,
		create: newFilmFile,
	},
	{ // what a film is if H.264 came
		end: ".mkv", mime: "video/x-matroska", magic: "\x1A\x45\xDF\xA3", doc: "matroska", repair: repairFilm,
	},
}

var errEmpty = errors.New("it is empty")

// formatNamed is that of the configuration.
func formatNamed(name string) *format {
	for _, f := range formats {
		if f.name == name {
			return f
		}
	}
	return formats[0]
}

// formatIn is what a file begins with: the configuration may have been another
// when it was made.
func formatIn(f *os.File) (*format, error) {
	var b [128]byte
	n, err := f.ReadAt(b[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	begin := string(b[:n])
	for _, kind := range formats {
		if strings.HasPrefix(begin, kind.magic) && strings.Contains(begin, kind.doc) {
			return kind, nil
		}
	}
	return nil, errEmpty
}

// formatOf is that of a complete file by its name; nil: it is none.
func formatOf(path string) *format {
	for _, f := range formats {
		if filepath.Ext(path) == f.end {
			return f
		}
	}
	return nil
}

// find opens a complete file. Its path comes without an extension.
func find(path string) (*os.File, *format, error) {
	for _, kind := range formats {
		if f, err := os.Open(path + kind.end); err == nil {
			return f, kind, nil
		}
	}
	return nil, nil, os.ErrNotExist
}

// settle gives a whole file its name, which a loss of power does not take back.
func settle(f *os.File, name string) error {
	err := f.Sync()
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err == nil {
		day := filepath.Dir(name) // which may be new as well
		err = errors.Join(disk.Sync(day), disk.Sync(filepath.Dir(day)))
	}
	if err != nil {
		return fmt.Errorf("failed to complete a recording: %w", err)
	}
	return nil
}

// salvage completes a file that was broken off.
func salvage(f *os.File, path string) error {
	kind, err := formatIn(f)
	if err == nil {
		err = kind.repair(f)
	}
	if err != nil {
		return fmt.Errorf("failed to complete a recording that was broken off: %w", err)
	}
	return settle(f, path+kind.end)
}
