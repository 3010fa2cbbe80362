package record

import (
	"encoding/binary"
	"os"

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

// wavFile writes WAV. How long the file is is written in the end.
type wavFile struct{ f *os.File }

func newWAVFile(f *os.File) (container, error) {
	_, err := f.Write(header(0))
	return wavFile{f}, err
}

func (w wavFile) write(pairs []byte) error {
	_, err := w.f.Write(pairs)
	return err
}

func (w wavFile) end() error { return repairWAV(w.f) }

// repairWAV gives a file its final header.
func repairWAV(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	size := info.Size()
	if size < headerLength {
		return errEmpty
	}
	_, err = f.WriteAt(header(uint32((size-headerLength)/2)), 0)
	return err
}
