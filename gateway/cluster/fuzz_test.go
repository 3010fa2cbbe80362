package cluster

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// loneNode is a node without a server.
func loneNode(w wires, apps ...string) *Node {
	return &Node{
		opts: Options{Node: "n1", wire: w, wall: time.Now}, instance: "a", log: quiet, warned: map[string]bool{},
		gone: make(chan struct{}), stop: func() {},
		book: newBook(newWatch("n1", "a", 3, Times{}.withDefaults(), 0), apps),
	}
}

// Whatever comes as a heartbeat, a node goes on.
func FuzzBeat(f *testing.F) {
	good, err := json.Marshal(beat{
		Wire: 1, Least: 1, Node: "n2", Instance: "b", Seq: 7, State: Ready, Leads: []int{1},
		Heard: map[string]echo{"n1": {Instance: "a", Seq: 1}},
	})
	require.NoError(f, err)
	for _, text := range []string{
		string(good), `{}`,
		`{"node":"n2","instance":"b","seq":18446744073709551615,"heard":{"n1":{"instance":"a","seq":18446744073709551615}}}`,
		`{"node":"n2","instance":"b","leads":[-1,99],"revs":[1,2,3]}`, `[]`, `{"node":"n1","instance":"x"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := parseBeat(text)
		if err != nil {
			return
		}
		n := loneNode(wires{1, 1}, "1")
		n.book.watch.send(0)
		if n.judge(b) {
			n.book.watch.hear(time.Second, b)
		}
		n.book.watch.tick(2 * time.Second)
		n.book.writesDue(2 * time.Second)
		n.book.movesDue(2 * time.Second)
		n.nodes(2 * time.Second)
		_, may := n.book.may(2*time.Second, "1")
		require.False(t, may, "nobody else makes an owner of this node")
	})
}

// Whatever is at the end of a route.
func FuzzInfo(f *testing.F) {
	f.Add([]byte("INFO {\"server_name\":\"n2\",\"cluster\":\"tccc\"}\r\nrest"))
	f.Add([]byte("SSH-2.0-OpenSSH\r\n"))
	f.Add([]byte("INFO {}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		info, err := readInfo(bytes.NewReader(text))
		if err == nil {
			require.NotEmpty(t, info.Name)
		}
	})
}
