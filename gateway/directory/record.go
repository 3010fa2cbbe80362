package directory

import (
	"slices"

	"tccc/wire"
)

// record is what was changed at one application. Times are Unix milliseconds.
type record struct {
	Agents    map[string]agentRecord `json:"agents,omitempty"`
	Groups    map[string]groupRecord `json:"groups,omitempty"`
	LastGroup int64                  `json:"lastGroup,omitempty"` // id that was given last: ids are not used again
}

// agentRecord is what was changed at an agent. A nil field leaves what the
// configuration says.
type agentRecord struct {
	CreatedAt  int64     `json:"createdAt,omitempty"` // made at run time; 0: the agent is in the configuration
	Deleted    bool      `json:"deleted,omitempty"`   // an agent of the configuration who is gone
	Name       *string   `json:"name,omitempty"`
	Nick       *string   `json:"nick,omitempty"`
	StaffNo    *string   `json:"staffNo,omitempty"`
	Phone      *string   `json:"phone,omitempty"`
	Extension  *string   `json:"extension,omitempty"`
	MaxChats   *int      `json:"maxChats,omitempty"`
	Groups     []Binding `json:"groups"` // nil: those of the configuration
	ModifiedAt int64     `json:"modifiedAt"`
}

// groupRecord is what was changed at a skill group.
type groupRecord struct {
	CreatedAt      int64              `json:"createdAt,omitempty"`
	Deleted        bool               `json:"deleted,omitempty"`
	Name           *string            `json:"name,omitempty"`
	Types          []wire.SessionType `json:"types,omitempty"` // of groups that were made at run time
	MaxConcurrency int                `json:"maxConcurrency,omitempty"`
	ModifiedAt     int64              `json:"modifiedAt"`
}

// clone copies a record so far that a change to the copy leaves the original.
func (r record) clone() record {
	c := record{Agents: make(map[string]agentRecord, len(r.Agents)+1),
		Groups: make(map[string]groupRecord, len(r.Groups)+1), LastGroup: r.LastGroup}
	for id, a := range r.Agents {
		a.Groups = slices.Clone(a.Groups)
		c.Agents[id] = a
	}
	for id, g := range r.Groups {
		c.Groups[id] = g
	}
	return c
}
