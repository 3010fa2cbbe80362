package cloudapi

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tccc/gateway/directory"
	"tccc/wire"
)

type groupListParams struct {
	SdkAppID       int64    `api:"SdkAppId,required"`
	PageSize       int64    `api:"PageSize,required"`
	PageNumber     int64    `api:"PageNumber,required"`
	SkillGroupID   groupRef `api:"SkillGroupId"`
	ModifiedTime   *int64   `api:"ModifiedTime"` // Unix seconds
	SkillGroupName string   `api:"SkillGroupName"`
}

type groupListResult struct {
	TotalCount     int
	SkillGroupList []groupInfo
}

// groupInfo is SkillGroupInfoItem.
type groupInfo struct {
	SkillGroupID        int64 `json:"SkillGroupId"`
	SkillGroupName      string
	Type                string
	RoutePolicy         string
	UsingLastSeat       int64
	MaxConcurrency      int
	LastModifyTimestamp int64
	SkillGroupType      int64
	Alias               string
	RingAll             bool
}

// groupTypes are the values of SkillGroupType.
var groupTypes = map[int64]wire.SessionType{0: wire.TypePhone, 1: wire.TypeIM, 3: wire.TypeVoIP, 4: wire.TypeVideo}

// groupType is the first type that a group is for.
func groupType(g *directory.Group) int64 {
	for _, n := range []int64{0, 1, 3, 4} {
		if slices.Contains(g.Types, groupTypes[n]) {
			return n
		}
	}
	return 0
}

// groupKind is the older form of the type: TEL, IM or ALL.
func groupKind(g *directory.Group) string {
	switch {
	case len(g.Types) > 1:
		return "ALL"
	case slices.Contains(g.Types, wire.TypeIM):
		return "IM"
	}
	return "TEL"
}

// routePolicy is how every group chooses: whoever has been free for longest.
const routePolicy = "longestIdle"

// describeSkillGroupInfoList lists skill groups.
func (h *Handler) describeSkillGroupInfoList(_ context.Context, q *request, p *groupListParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	w, err := page(p.PageSize, p.PageNumber, maxPage)
	if err != nil {
		return nil, err
	}
	query := directory.GroupQuery{Name: p.SkillGroupName, Offset: w.offset, Limit: w.limit}
	if p.ModifiedTime != nil {
		query.ModifiedSince = time.Unix(*p.ModifiedTime, 0)
	}
	if p.SkillGroupID != "" {
		g, err := h.skillGroup(app, p.SkillGroupID)
		if err != nil {
			return nil, refused(err, map[string]string{"Groups": "SkillGroupId"})
		}
		query.ID = g.ID
	}
	groups, total, err := h.opts.Directory.Groups(app, query)
	if err != nil {
		return nil, refused(err, nil)
	}
	out := groupListResult{total, make([]groupInfo, 0, len(groups))}
	for i := range groups {
		g := &groups[i]
		out.SkillGroupList = append(out.SkillGroupList, groupInfo{
			SkillGroupID: g.Number, SkillGroupName: g.DisplayName(), Type: groupKind(g), RoutePolicy: routePolicy,
			MaxConcurrency: cmp.Or(g.MaxConcurrency, 1), LastModifyTimestamp: g.Modified.Unix(),
			SkillGroupType: groupType(g),
		})
	}
	return out, nil
}

type createGroupParams struct {
	SdkAppID       int64  `api:"SdkAppId,required"`
	SkillGroupName string `api:"SkillGroupName,required"`
	SkillGroupType int64  `api:"SkillGroupType,required"`
	MaxConcurrency *int   `api:"MaxConcurrency"`
}

// groupNames are the names of the directory's fields in actions on groups.
var groupNames = map[string]string{
	"Name": "SkillGroupName", "Types": "SkillGroupType", "MaxConcurrency": "MaxConcurrency", "Groups": "SkillGroupId",
}

// createSkillGroup adds a skill group.
func (h *Handler) createSkillGroup(ctx context.Context, q *request, p *createGroupParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	t, ok := groupTypes[p.SkillGroupType]
	if !ok {
		return nil, invalid("SkillGroupType", "it must be 0 (telephone), 1 (chat), 3 (audio) or 4 (video)")
	}
	g, err := h.opts.Directory.CreateGroup(ctx, app, t,
		directory.GroupChange{Name: &p.SkillGroupName, MaxConcurrency: p.MaxConcurrency})
	if err != nil {
		return nil, refused(err, groupNames)
	}
	return map[string]int64{"SkillGroupId": g.Number}, nil
}

type modifyGroupParams struct {
	SdkAppID       int64    `api:"SdkAppId,required"`
	SkillGroupID   groupRef `api:"SkillGroupID"` // as the vendor spells it here
	SkillGroupID2  groupRef `api:"SkillGroupId"` // as everywhere else
	SkillGroupName *string  `api:"SkillGroupName"`
	MaxConcurrency *int     `api:"MaxConcurrency"`
	RingAll        bool     `api:"RingAll"`
}

// modifySkillGroup changes a skill group.
func (h *Handler) modifySkillGroup(ctx context.Context, q *request, p *modifyGroupParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	ref := cmp.Or(p.SkillGroupID, p.SkillGroupID2)
	switch {
	case ref == "":
		return nil, missing("SkillGroupID")
	case p.RingAll:
		return nil, fail(CodeUnsupportedOperation, "Agents ring one after another here: leave `RingAll` out.")
	}
	g, err := h.skillGroup(app, ref)
	if err == nil {
		_, err = h.opts.Directory.ModifyGroup(ctx, app, g.ID,
			directory.GroupChange{Name: p.SkillGroupName, MaxConcurrency: p.MaxConcurrency})
	}
	if err != nil {
		return nil, refused(err, groupNames)
	}
	return empty{}, nil
}

type deleteGroupParams struct {
	SdkAppID     int64    `api:"SdkAppId,required"`
	SkillGroupID groupRef `api:"SkillGroupId,required"`
}

// deleteSkillGroup removes a skill group that nothing leads to.
func (h *Handler) deleteSkillGroup(ctx context.Context, q *request, p *deleteGroupParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	g, err := h.skillGroup(app, p.SkillGroupID)
	if err == nil {
		err = h.opts.Directory.DeleteGroup(ctx, app, g.ID)
	}
	if err != nil {
		return nil, refused(err, groupNames)
	}
	return empty{}, nil
}

type bindParams struct {
	SdkAppID            int64         `api:"SdkAppId,required"`
	StaffEmail          string        `api:"StaffEmail,required"`
	StaffSkillGroupList []bindingSpec `api:"StaffSkillGroupList"`
	SkillGroupList      []groupRef    `api:"SkillGroupList"` // of older clients, without priorities
}

type bindingSpec struct {
	SkillGroupID groupRef `api:"SkillGroupId,required"`
	Priority     *int64   `api:"Priority"` // 1 is the highest, 5 the lowest
}

// bindNames are the names of the directory's fields in binding and unbinding.
var bindNames = map[string]string{"UserID": "StaffEmail", "Groups": "SkillGroupId", "Priority": "Priority"}

// bindStaffSkillGroupList puts an agent into skill groups, besides those it is in.
func (h *Handler) bindStaffSkillGroupList(ctx context.Context, q *request, p *bindParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	specs := p.StaffSkillGroupList
	for _, ref := range p.SkillGroupList {
		specs = append(specs, bindingSpec{SkillGroupID: ref})
	}
	if len(specs) == 0 {
		return nil, missing("StaffSkillGroupList")
	}
	if _, err := h.opts.Directory.Agent(app, p.StaffEmail); err != nil {
		return nil, refused(err, bindNames)
	}
	var all []directory.Binding
	for _, s := range specs {
		g, err := h.skillGroup(app, s.SkillGroupID)
		if err != nil {
			return nil, refused(err, bindNames)
		}
		b := directory.Binding{GroupID: g.ID, Priority: directory.DefaultPriority}
		if s.Priority != nil {
			if *s.Priority < 1 || *s.Priority > 5 {
				return nil, invalid("Priority", "it must be 1 to 5")
			}
			b.Priority = int(*s.Priority)
		}
		all = append(all, b)
	}
	return empty{}, refused(h.opts.Directory.Bind(ctx, app, p.StaffEmail, all), bindNames)
}

type unbindParams struct {
	SdkAppID       int64      `api:"SdkAppId,required"`
	StaffEmail     string     `api:"StaffEmail,required"`
	SkillGroupList []groupRef `api:"SkillGroupList,required"`
}

// unbindStaffSkillGroupList takes an agent out of skill groups.
func (h *Handler) unbindStaffSkillGroupList(ctx context.Context, q *request, p *unbindParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	if _, err := h.opts.Directory.Agent(app, p.StaffEmail); err != nil {
		return nil, refused(err, bindNames)
	}
	if len(p.SkillGroupList) == 0 {
		return nil, missing("SkillGroupList")
	}
	var ids []string
	for _, ref := range p.SkillGroupList {
		g, err := h.skillGroup(app, ref)
		if err != nil {
			return nil, refused(err, bindNames)
		}
		ids = append(ids, g.ID)
	}
	return empty{}, refused(h.opts.Directory.Unbind(ctx, app, p.StaffEmail, ids), bindNames)
}
