package directory

import (
	"context"
	"slices"
	"strconv"
	"time"

	"tccc/internal/clip"
	"tccc/wire"
)

// GroupQuery selects skill groups; empty fields select everything.
type GroupQuery struct {
	ID            string
	Name          string // the whole name
	ModifiedSince time.Time
	Offset        int
	Limit         int // 0: all
}

// GroupChange is what a back end says of a group. Nil fields stay as they are.
type GroupChange struct {
	Name           *string // 1 to 64 characters, unique
	MaxConcurrency *int    // 1 to 100
}

// Group finds a skill group by its id; [ErrNoApp] or [ErrNoGroup].
func (d *Directory) Group(sdkAppID, id string) (Group, error) {
	return d.group(sdkAppID, func(v *view) *Group { return v.byID[id] }, id)
}

// GroupByNumber finds a skill group by its number; [ErrNoApp] or [ErrNoGroup].
func (d *Directory) GroupByNumber(sdkAppID string, number int64) (Group, error) {
	return d.group(sdkAppID, func(v *view) *Group { return v.byNum[number] }, strconv.FormatInt(number, 10))
}

func (d *Directory) group(sdkAppID string, find func(*view) *Group, name string) (Group, error) {
	v := d.view(sdkAppID)
	if v == nil {
		return Group{}, fail(ErrNoApp, "", "there is no application %q", clip.Shown(sdkAppID, 64))
	}
	if g := find(v); g != nil {
		return *g, nil
	}
	return Group{}, noGroup(name)
}

func noGroup(id string) error {
	return fail(ErrNoGroup, "Groups", "there is no skill group %q", clip.Shown(id, 64))
}

// Groups lists skill groups, those of the configuration first; total is how
// many there are without Offset and Limit.
func (d *Directory) Groups(sdkAppID string, q GroupQuery) (page []Group, total int, err error) {
	v := d.view(sdkAppID)
	if v == nil {
		return nil, 0, fail(ErrNoApp, "", "there is no application %q", clip.Shown(sdkAppID, 64))
	}
	page, total = cut(v.groups, q.Offset, q.Limit, func(g *Group) bool {
		return (q.ID == "" || g.ID == q.ID) && (q.Name == "" || g.DisplayName() == q.Name) &&
			!g.Modified.Before(q.ModifiedSince)
	})
	return page, total, nil
}

// CreateGroup adds a skill group of one type, under an id that was never used.
func (d *Directory) CreateGroup(ctx context.Context, sdkAppID string, t wire.SessionType, c GroupChange) (Group,
	error) {
	id := ""
	err := d.update(ctx, sdkAppID, func(v *view, r *record) error {
		if !slices.Contains(groupTypes, t) {
			return fail(ErrInvalid, "Types", "a group is for phone, im, voip or video, not %q",
				clip.Shown(string(t), 64))
		}
		if c.Name == nil {
			return fail(ErrInvalid, "Name", "a group needs a name")
		}
		if err := c.check(v, "", t); err != nil {
			return err
		}
		for {
			r.LastGroup++
			id = strconv.FormatInt(r.LastGroup, 10)
			if _, gone := r.Groups[id]; !gone && v.byID[id] == nil {
				break
			}
		}
		now := time.Now().UnixMilli()
		rec := groupRecord{CreatedAt: now, Types: []wire.SessionType{t}}
		r.Groups[id] = rec.with(c, now)
		return nil
	})
	if err != nil {
		return Group{}, err
	}
	return d.Group(sdkAppID, id)
}

// ModifyGroup changes a skill group.
func (d *Directory) ModifyGroup(ctx context.Context, sdkAppID, id string, c GroupChange) (Group, error) {
	err := d.update(ctx, sdkAppID, func(v *view, r *record) error {
		g := v.byID[id]
		if g == nil {
			return noGroup(id)
		}
		if err := c.check(v, id, g.Types...); err != nil {
			return err
		}
		r.Groups[id] = r.Groups[id].with(c, time.Now().UnixMilli())
		return nil
	})
	if err != nil {
		return Group{}, err
	}
	return d.Group(sdkAppID, id)
}

func (r groupRecord) with(c GroupChange, now int64) groupRecord {
	keep(&r.Name, c.Name)
	set(&r.MaxConcurrency, c.MaxConcurrency)
	r.ModifiedAt = now
	return r
}

// DeleteGroup removes a skill group and takes its agents out of it. A group
// that the configuration routes to stays: [ErrInUse].
func (d *Directory) DeleteGroup(ctx context.Context, sdkAppID, id string) error {
	return d.update(ctx, sdkAppID, func(v *view, r *record) error {
		if v.byID[id] == nil {
			return noGroup(id)
		}
		if by := v.usedBy(id); by != "" {
			return fail(ErrInUse, "Groups", "the skill group %q is where %s leads: change the configuration first",
				clip.Shown(id, 64), by)
		}
		if d.state.Load().apps[sdkAppID].conf.Group(id) == nil {
			delete(r.Groups, id)
		} else {
			r.Groups[id] = groupRecord{Deleted: true, ModifiedAt: time.Now().UnixMilli()}
		}
		for user, a := range r.Agents {
			a.Groups = slices.DeleteFunc(a.Groups, func(b Binding) bool { return b.GroupID == id })
			r.Agents[user] = a
		}
		return nil
	})
}

// usedBy names what routes to a group, "" if nothing does.
func (v *view) usedBy(id string) string {
	for _, n := range v.app.Numbers {
		if n.SkillGroup == id {
			return "the number " + n.Number
		}
	}
	for _, m := range v.app.IVRs {
		for _, k := range m.Keys {
			if k.SkillGroup == id {
				return "the menu " + m.ID
			}
		}
		if m.Default == id {
			return "the menu " + m.ID
		}
	}
	for _, g := range v.app.SkillGroups {
		if g.Overflow == id {
			return "the overflow of " + g.ID
		}
	}
	return ""
}
