package store

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/minio/highwayhash"
)

// The files of JetStream, as nats-server's filestore.go writes them: records
// one after the other, of
//
//	length(4) sequence(8) time(8) subject length(2) subject [header length(4) header] message hash(8)
//
// where the top bit of the length says that there are headers. A record whose
// sequence has the erased bit holds nothing.
const (
	recordHead  = 22
	recordHash  = 8
	recordMost  = 32 << 20
	headersBit  = 1 << 31
	erasedBit   = 1 << 63
	tombBit     = 1 << 62 // the mark of a removal, which stays
	sequenceAll = tombBit - 1
)

// block is a file of a stream.
type block struct {
	stream, path string
	buf          []byte
	hash         hash.Hash64
	changed      bool
}

// piece is a record, or a run of bytes that is none.
type piece struct {
	at, length int
	sequence   uint64 // without its bits; of damaged pieces perhaps a guess
	bits       uint64
	subject    string
	message    []byte
	damaged    bool
	tail       bool // damaged up to the end of the file, as a crash leaves it
}

func readBlock(stream, path string) (*block, error) {
	buf, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return newBlock(stream, path, buf)
}

func newBlock(stream, path string, buf []byte) (*block, error) {
	index, _, _ := strings.Cut(filepath.Base(path), ".")
	if _, err := strconv.Atoi(index); err != nil {
		return nil, fmt.Errorf("%s is no block of a stream", path)
	}
	key := sha256.Sum256([]byte(stream + "-" + index))
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return nil, err
	}
	return &block{stream: stream, path: path, buf: buf, hash: h}, nil
}

// record reads the record at a place; ok is false if there is none that is whole.
func (b *block) record(at int) (p piece, ok bool) {
	if at+recordHead+recordHash > len(b.buf) {
		return p, false
	}
	head := b.buf[at:]
	length, slen := binary.LittleEndian.Uint32(head), int(binary.LittleEndian.Uint16(head[20:]))
	body := recordHead + slen
	if length&headersBit != 0 {
		length, body = length&^headersBit, body+4
	}
	if int(length) < body+recordHash || length > recordMost || at+int(length) > len(b.buf) {
		return p, false
	}
	rest := b.buf[at+body : at+int(length)-recordHash]
	sequence := binary.LittleEndian.Uint64(head[4:])
	p = piece{
		at: at, length: int(length), sequence: sequence & sequenceAll, bits: sequence &^ sequenceAll,
		subject: string(head[recordHead : recordHead+slen]), message: rest,
	}
	return p, bytes.Equal(b.sum(at, p.subject, rest), b.buf[at+p.length-recordHash:at+p.length])
}

func (b *block) sum(at int, subject string, rest []byte) []byte {
	b.hash.Reset()
	_, _ = b.hash.Write(b.buf[at+4 : at+20])
	_, _ = b.hash.Write([]byte(subject))
	_, _ = b.hash.Write(rest)
	return b.hash.Sum(nil)
}

// pieces reads the whole block.
func (b *block) pieces(f func(p piece)) {
	last := uint64(0)
	for at := 0; at < len(b.buf); {
		p, ok := b.record(at)
		if !ok {
			p = b.damage(p, at, last)
		}
		f(p)
		if p.bits&tombBit == 0 {
			last = max(last, p.sequence)
		}
		at += p.length
	}
}

// damage is the run of bytes up to the next whole record. What the broken one
// says of itself is believed where it fits.
func (b *block) damage(broken piece, at int, last uint64) piece {
	next := at + 1
	for ; next < len(b.buf); next++ {
		if _, ok := b.record(next); ok {
			break
		}
	}
	p := piece{at: at, length: next - at, sequence: last + 1, damaged: true, tail: next >= len(b.buf)}
	if broken.length == p.length {
		p.subject, p.message, p.tail = broken.subject, broken.message, false
	}
	return p
}

// erase overwrites a piece as JetStream itself does.
func (b *block) erase(p *piece) {
	record := b.buf[p.at : p.at+p.length]
	data := record[recordHead : len(record)-recordHash]
	_, _ = rand.Read(data)
	binary.LittleEndian.PutUint32(record, uint32(len(record)))
	binary.LittleEndian.PutUint64(record[4:], p.sequence|erasedBit)
	binary.LittleEndian.PutUint64(record[12:], 0)
	binary.LittleEndian.PutUint16(record[20:], 0)
	copy(record[len(record)-recordHash:], b.sum(p.at, "", data))
	b.changed = true
}

// save writes a changed block in its place, and has JetStream read the stream
// anew instead of believing its index.
func (b *block) save() error {
	if !b.changed {
		return nil
	}
	f, err := os.OpenFile(b.path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.WriteAt(b.buf, 0); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	err = os.Remove(filepath.Join(filepath.Dir(b.path), "index.db"))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// blocks gives every block of the store in a directory to f.
func blocks(dir string, f func(b *block) error) error {
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", "*", "msgs", "*.blk"))
	if err != nil {
		return err
	}
	for _, path := range files {
		b, err := readBlock(filepath.Base(filepath.Dir(filepath.Dir(path))), path)
		if os.IsNotExist(err) {
			continue // files come and go
		}
		if err == nil {
			err = f(b)
		}
		if err != nil {
			return fmt.Errorf("failed to look at %s: %w", path, err)
		}
	}
	return nil
}
