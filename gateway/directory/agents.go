package directory

import (
	"context"
	"slices"
	"time"

	"tccc/internal/clip"
)

// AgentChange is what a back end says of an agent. Nil fields stay as they are.
type AgentChange struct {
	Name      *string   // up to 64 characters
	Nick      *string   // up to 64 characters
	StaffNo   *string   // work number, up to 32 characters without spaces, unique; "" takes it away
	Phone     *string   // 3 to 32 digits, may begin with "+"; "" takes it away
	Extension *string   // user name of the desk phone, unique; "" takes it away
	MaxChats  *int      // 0 to 100
	Groups    []Binding // the skill groups, all of them; empty but not nil takes the agent out of all
}

// AgentQuery selects agents; empty fields select everything.
type AgentQuery struct {
	UserID        string
	UserIDs       []string
	GroupID       string
	ModifiedSince time.Time
	Offset        int
	Limit         int // 0: all
}

// Agent finds an agent by its account; [ErrNoApp] or [ErrNoAgent].
func (d *Directory) Agent(sdkAppID, userID string) (Agent, error) {
	v := d.view(sdkAppID)
	if v == nil {
		return Agent{}, fail(ErrNoApp, "", "there is no application %q", clip.Shown(sdkAppID, 64))
	}
	if a := v.byUser[userID]; a != nil {
		return *a, nil
	}
	return Agent{}, noAgent(userID)
}

// AgentByStaffNo finds an agent by its work number; [ErrNoApp] or [ErrNoAgent].
func (d *Directory) AgentByStaffNo(sdkAppID, staffNo string) (Agent, error) {
	v := d.view(sdkAppID)
	if v == nil {
		return Agent{}, fail(ErrNoApp, "", "there is no application %q", clip.Shown(sdkAppID, 64))
	}
	if a := v.byStaff[staffNo]; a != nil && staffNo != "" {
		return *a, nil
	}
	return Agent{}, fail(ErrNoAgent, "StaffNo", "there is no agent with the work number %q", clip.Shown(staffNo, 64))
}

func noAgent(userID string) error {
	return fail(ErrNoAgent, "UserID", "there is no agent %q", clip.Shown(userID, 64))
}

// Agents lists agents, those of the configuration first; total is how many
// there are without Offset and Limit.
func (d *Directory) Agents(sdkAppID string, q AgentQuery) (page []Agent, total int, err error) {
	v := d.view(sdkAppID)
	if v == nil {
		return nil, 0, fail(ErrNoApp, "", "there is no application %q", clip.Shown(sdkAppID, 64))
	}
	page, total = cut(v.agents, q.Offset, q.Limit, func(a *Agent) bool {
		return (q.UserID == "" || a.UserID == q.UserID) &&
			(q.UserIDs == nil || slices.Contains(q.UserIDs, a.UserID)) &&
			(q.GroupID == "" || slices.Contains(a.SkillGroups, q.GroupID)) &&
			!a.Modified.Before(q.ModifiedSince)
	})
	return page, total, nil
}

// cut selects a page of what matches.
func cut[T any](all []T, offset, limit int, match func(*T) bool) (page []T, total int) {
	for i := range all {
		if !match(&all[i]) {
			continue
		}
		if total >= offset && (limit <= 0 || len(page) < limit) {
			page = append(page, all[i])
		}
		total++
	}
	return page, total
}

// CreateAgent adds an agent. The account has 1 to 64 characters without spaces
// and / ? # " < >. The error is an [Error] or that of the store.
func (d *Directory) CreateAgent(ctx context.Context, sdkAppID, userID string, c AgentChange) (Agent, error) {
	err := d.update(ctx, sdkAppID, func(v *view, r *record) error {
		if !plainName.MatchString(userID) {
			return fail(ErrInvalid, "UserID",
				"an account has 1 to 64 characters without spaces and / ? # \" < >, not %q", clip.Shown(userID, 64))
		}
		if v.byUser[userID] != nil {
			return fail(ErrExists, "UserID", "there is already an agent %q", clip.Shown(userID, 64))
		}
		if err := c.check(v, userID); err != nil {
			return err
		}
		// What was changed at an earlier agent of that name does not count for this one.
		empty, chats, now := "", defaultMaxChats, time.Now().UnixMilli()
		rec := agentRecord{
			CreatedAt: now, Name: &empty, Nick: &empty, StaffNo: &empty, Phone: &empty, Extension: &empty,
			MaxChats: &chats, Groups: []Binding{},
		}
		r.Agents[userID] = rec.with(c, now)
		return nil
	})
	if err != nil {
		return Agent{}, err
	}
	return d.Agent(sdkAppID, userID)
}

// ModifyAgent changes an agent.
func (d *Directory) ModifyAgent(ctx context.Context, sdkAppID, userID string, c AgentChange) (Agent, error) {
	err := d.changeAgent(ctx, sdkAppID, userID, func(v *view, _ *Agent, rec agentRecord) (agentRecord, error) {
		if err := c.check(v, userID); err != nil {
			return rec, err
		}
		return rec.with(c, time.Now().UnixMilli()), nil
	})
	if err != nil {
		return Agent{}, err
	}
	return d.Agent(sdkAppID, userID)
}

func (d *Directory) changeAgent(ctx context.Context, sdkAppID, userID string,
	change func(*view, *Agent, agentRecord) (agentRecord, error)) error {
	return d.update(ctx, sdkAppID, func(v *view, r *record) error {
		a := v.byUser[userID]
		if a == nil {
			return noAgent(userID)
		}
		rec, err := change(v, a, r.Agents[userID])
		if err == nil {
			r.Agents[userID] = rec
		}
		return err
	})
}

// with lays a change over what was changed before.
func (r agentRecord) with(c AgentChange, now int64) agentRecord {
	keep(&r.Name, c.Name)
	keep(&r.Nick, c.Nick)
	keep(&r.StaffNo, c.StaffNo)
	keep(&r.Phone, c.Phone)
	keep(&r.Extension, c.Extension)
	keep(&r.MaxChats, c.MaxChats)
	if c.Groups != nil {
		r.Groups = slices.Clone(c.Groups)
	}
	r.ModifiedAt = now
	return r
}

func keep[T any](to **T, from *T) {
	if from != nil {
		v := *from
		*to = &v
	}
}

// DeleteAgent removes an agent.
func (d *Directory) DeleteAgent(ctx context.Context, sdkAppID, userID string) error {
	return d.update(ctx, sdkAppID, func(v *view, r *record) error {
		if v.byUser[userID] == nil {
			return noAgent(userID)
		}
		if d.state.Load().apps[sdkAppID].conf.Agent(userID) == nil {
			delete(r.Agents, userID)
			return nil
		}
		r.Agents[userID] = agentRecord{Deleted: true, ModifiedAt: time.Now().UnixMilli()}
		return nil
	})
}

// Bind puts an agent into groups, or changes its priority in them.
func (d *Directory) Bind(ctx context.Context, sdkAppID, userID string, groups []Binding) error {
	return d.changeAgent(ctx, sdkAppID, userID, func(v *view, a *Agent, rec agentRecord) (agentRecord, error) {
		all := slices.Clone(a.Bindings)
		for _, b := range groups {
			if i := slices.IndexFunc(all, func(x Binding) bool { return x.GroupID == b.GroupID }); i >= 0 {
				all[i] = b
			} else {
				all = append(all, b)
			}
		}
		c := AgentChange{Groups: all}
		if err := c.check(v, userID); err != nil {
			return rec, err
		}
		return rec.with(c, time.Now().UnixMilli()), nil
	})
}

// Unbind takes an agent out of groups that exist; one that it is not in is no
// error.
func (d *Directory) Unbind(ctx context.Context, sdkAppID, userID string, groups []string) error {
	return d.changeAgent(ctx, sdkAppID, userID, func(v *view, a *Agent, rec agentRecord) (agentRecord, error) {
		for _, id := range groups {
			if v.byID[id] == nil {
				return rec, noGroup(id)
			}
		}
		rest := []Binding{} // not nil: nil would leave them
		for _, b := range a.Bindings {
			if !slices.Contains(groups, b.GroupID) {
				rest = append(rest, b)
			}
		}
		return rec.with(AgentChange{Groups: rest}, time.Now().UnixMilli()), nil
	})
}
