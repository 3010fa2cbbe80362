package cluster

import (
	"encoding/json"
	"errors"
)

// The wire of the cluster: what this release speaks, and the oldest that it
// understands. Two neighbouring releases run side by side.
const (
	wireVersion = 1
	wireLeast   = 1
)

// wires are the versions of a node.
type wires struct{ speaks, least int }

// buckets is how many buckets the ownership records lie in.
const buckets = 3

// State is what a node is doing.
type State string

// The states of a node.
const (
	Starting State = "starting"
	Ready    State = "ready"
	Draining State = "draining"
	Gone     State = "gone" // not heard any more; of others only
)

// beat is a heartbeat.
type beat struct {
	Wire     int             `json:"v"`
	Least    int             `json:"least"`
	Node     string          `json:"node"`
	Instance string          `json:"instance"` // of the process
	Seq      uint64          `json:"seq"`
	State    State           `json:"state"`
	Heard    map[string]echo `json:"heard"` // by node
	Leads    []int           `json:"leads,omitempty"`
	Revs     [buckets]uint64 `json:"revs"` // the newest revision known of each bucket
	Wall     int64           `json:"wall"` // milliseconds; to warn of clocks only
	Release  string          `json:"release,omitempty"`
}

// echo is what a node has heard of another one.
type echo struct {
	Instance string `json:"instance"`
	Seq      uint64 `json:"seq,omitempty"`  // the newest heartbeat heard, if it is heard steadily
	Lost     bool   `json:"lost,omitempty"` // it has not been heard for Lost
}

// mostNodes bounds what a heartbeat may name.
const mostNodes = 64

func parseBeat(data []byte) (beat, error) {
	var b beat
	if err := json.Unmarshal(data, &b); err != nil {
		return b, err
	}
	if !validName.MatchString(b.Node) || b.Instance == "" || len(b.Instance) > 64 ||
		len(b.Heard) > mostNodes || len(b.Leads) > buckets {
		return b, errors.New("it is no heartbeat")
	}
	return b, nil
}
