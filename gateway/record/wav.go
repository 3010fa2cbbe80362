package record

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tccc/gateway/disk"
	"tccc/gateway/track"
)

// headerLength of the files: RIFF, fmt with the extension's length, fact, data.
const headerLength = 12 + 26 + 12 + 8

// header of a file with n pairs of samples: format 7 (mu-law) of the WAVE
// format, which asks for a fact chunk.
func header(n uint32) []byte {
	b := make([]byte, 0, headerLength)
	le32 := func(v uint32) { b = binary.LittleEndian.AppendUint32(b, v) }
	le16 := func(v uint16) { b = binary.LittleEndian.AppendUint16(b, v) }
	b = append(b, "RIFF"...)
	le32(headerLength - 8 + 2*n)
	b = append(b, "WAVEfmt "...)
	le32(18)
	le16(7)              // mu-law
	le16(2)              // channels
	le32(track.Rate)     //
	le32(2 * track.Rate) // bytes a second
	le16(2)              // bytes a pair
	le16(8)              // bits a sample
	le16(0)              // no extension
	b = append(b, "fact"...)
	le32(4)
	le32(n)
	b = append(b, "data"...)
	le32(2 * n)
	return b
}

// complete gives a file its final header and name, which a loss of power does
// not take back.
func complete(f *os.File, name string) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size < headerLength {
		return errors.New("it is empty")
	}
	if _, err = f.WriteAt(header(uint32((size-headerLength)/2)), 0); err == nil {
		err = f.Sync()
	}
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
