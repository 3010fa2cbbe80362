package cloudapi

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"tccc/gateway/directory"
	"tccc/internal/clip"
	"tccc/wire"
)

type staffListParams struct {
	SdkAppID     int64    `api:"SdkAppId,required"`
	PageSize     int64    `api:"PageSize,required"`
	PageNumber   int64    `api:"PageNumber,required"`
	StaffMail    string   `api:"StaffMail"`
	ModifiedTime *int64   `api:"ModifiedTime"` // Unix seconds
	SkillGroupID groupRef `api:"SkillGroupId"`
}

type staffListResult struct {
	TotalCount int
	StaffList  []staffInfo
}

// staffInfo is StaffInfo.
type staffInfo struct {
	Name                string
	Mail                string
	Phone               string
	Nick                string
	StaffNumber         string
	RoleList            []int64
	SkillGroupList      []skillGroupItem
	LastModifyTimestamp int64
	ExtensionNumber     string
}

// skillGroupItem is SkillGroupItem.
type skillGroupItem struct {
	SkillGroupID   int64 `json:"SkillGroupId"`
	SkillGroupName string
	Priority       int
	Type           string
}

// maxStaffPage is the documented bound of PageSize.
const maxStaffPage = 9999

// describeStaffInfoList lists agents.
func (h *Handler) describeStaffInfoList(_ context.Context, q *request, p *staffListParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	w, err := page(p.PageSize, p.PageNumber, maxStaffPage)
	if err != nil {
		return nil, err
	}
	query := directory.AgentQuery{UserID: p.StaffMail, Offset: w.offset, Limit: w.limit}
	if p.ModifiedTime != nil {
		query.ModifiedSince = time.Unix(*p.ModifiedTime, 0)
	}
	if p.SkillGroupID != "" {
		g, err := h.skillGroup(app, p.SkillGroupID)
		if err != nil {
			return nil, refused(err, map[string]string{"Groups": "SkillGroupId"})
		}
		query.GroupID = g.ID
	}
	agents, total, err := h.opts.Directory.Agents(app, query)
	if err != nil {
		return nil, refused(err, nil)
	}
	out := staffListResult{total, make([]staffInfo, 0, len(agents))}
	for _, a := range agents {
		out.StaffList = append(out.StaffList, h.staffInfo(app, a))
	}
	return out, nil
}

func (h *Handler) staffInfo(app string, a directory.Agent) staffInfo {
	s := staffInfo{
		Name: a.Name, Mail: a.UserID, Phone: a.Phone, Nick: a.Nick, StaffNumber: a.StaffNo,
		RoleList: []int64{roleAgent}, SkillGroupList: []skillGroupItem{}, LastModifyTimestamp: a.Modified.Unix(),
		ExtensionNumber: a.Extension,
	}
	for _, b := range a.Bindings {
		if g, err := h.opts.Directory.Group(app, b.GroupID); err == nil {
			s.SkillGroupList = append(s.SkillGroupList,
				skillGroupItem{g.Number, g.DisplayName(), b.Priority, groupKind(&g)})
		}
	}
	return s
}

// skillGroup finds a group by its number or id.
func (h *Handler) skillGroup(app string, ref groupRef) (directory.Group, error) {
	if n, err := strconv.ParseInt(string(ref), 10, 64); err == nil {
		return h.opts.Directory.GroupByNumber(app, n)
	}
	return h.opts.Directory.Group(app, string(ref))
}

type staffParams struct {
	SdkAppID     int64       `api:"SdkAppId,required"`
	Staffs       []staffSpec `api:"Staffs,required"`
	SendPassword bool        `api:"SendPassword"` // there are no passwords: agents log in through their back end
}

// staffSpec is SeatUserInfo in a request.
type staffSpec struct {
	Name               string   `api:"Name,required"`
	Mail               string   `api:"Mail,required"`
	Phone              string   `api:"Phone"`
	Nick               string   `api:"Nick"`
	UserID             string   `api:"UserId"`
	SkillGroupNameList []string `api:"SkillGroupNameList"`
	StaffNumber        string   `api:"StaffNumber"`
	Role               *int64   `api:"Role"`
	ExtensionNumber    string   `api:"ExtensionNumber"`
}

type createStaffResult struct {
	ErrorStaffList []staffError
}

type staffError struct {
	StaffEmail string
	Code       string
	Message    string
}

// maxNewStaff is the documented bound of Staffs.
const maxNewStaff = 10

// specNames are the names of the directory's fields in Staffs.
var specNames = map[string]string{
	"UserID": "Mail", "Name": "Name", "Nick": "Nick", "Phone": "Phone", "StaffNo": "StaffNumber",
	"Extension": "ExtensionNumber", "Groups": "SkillGroupNameList",
}

// createStaff adds agents. Each is added or not for itself; when not a single
// one could be, the request fails with the first error.
func (h *Handler) createStaff(ctx context.Context, q *request, p *staffParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	if len(p.Staffs) == 0 || len(p.Staffs) > maxNewStaff {
		return nil, invalid("Staffs", "it must have 1 to %d elements", maxNewStaff)
	}
	out := createStaffResult{ErrorStaffList: []staffError{}}
	var first error
	for i := range p.Staffs {
		err := h.addStaff(ctx, app, &p.Staffs[i])
		var e *Error
		if err != nil && !errors.As(err, &e) {
			return nil, err
		}
		if err != nil {
			out.ErrorStaffList = append(out.ErrorStaffList, staffError{p.Staffs[i].Mail, e.Code, e.Message})
			if first == nil {
				first = err
			}
		}
	}
	if len(out.ErrorStaffList) == len(p.Staffs) {
		return nil, first
	}
	return out, nil
}

func (h *Handler) addStaff(ctx context.Context, app string, s *staffSpec) error {
	switch {
	case s.UserID != "" && s.UserID != s.Mail:
		return invalid("UserId", "the account of an agent is its Mail: leave UserId out")
	case s.Role != nil && *s.Role != roleAgent:
		return invalid("Role", "there are no roles but %d, agent", roleAgent)
	}
	phone := national(s.Phone)
	c := directory.AgentChange{Name: &s.Name, Nick: &s.Nick, Phone: &phone, StaffNo: &s.StaffNumber,
		Extension: &s.ExtensionNumber, Groups: []directory.Binding{}}
	for _, name := range s.SkillGroupNameList {
		groups, _, err := h.opts.Directory.Groups(app, directory.GroupQuery{Name: name, Limit: 1})
		if err != nil {
			return refused(err, specNames)
		}
		if len(groups) == 0 {
			return fail(CodeSkillGroupError, "`SkillGroupNameList`: there is no skill group %q.", clip.Shown(name, 64))
		}
		c.Groups = append(c.Groups, directory.Binding{GroupID: groups[0].ID})
	}
	_, err := h.opts.Directory.CreateAgent(ctx, app, s.Mail, c)
	return refused(err, specNames)
}

type modifyStaffParams struct {
	SdkAppID         int64       `api:"SdkAppId,required"`
	Email            string      `api:"Email,required"`
	Name             *string     `api:"Name"`
	Phone            *string     `api:"Phone"`
	Nick             *string     `api:"Nick"`
	StaffNo          *string     `api:"StaffNo"`
	SkillGroupIDs    []groupRef  `api:"SkillGroupIds"`
	UseMobileCallOut bool        `api:"UseMobileCallOut"`
	UseMobileAccept  int64       `api:"UseMobileAccept"`
	ExtensionNumber  *string     `api:"ExtensionNumber"`
	ForwardingConfig *forwarding `api:"ForwardingConfig"`
}

type forwarding struct {
	Enabled   bool   `api:"Enabled"`
	Condition *int64 `api:"Condition"`
	Target    *struct {
		Type         *int64 `api:"Type"`
		StaffUserID  string `api:"StaffUserId"`
		SkillGroupID *int64 `api:"SkillGroupId"`
		Extension    string `api:"Extension"`
	} `api:"Target"`
}

// modifyStaff changes an agent.
func (h *Handler) modifyStaff(ctx context.Context, q *request, p *modifyStaffParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	switch {
	case p.UseMobileCallOut || p.UseMobileAccept != 0:
		return nil, fail(CodeUnsupportedOperation,
			"Agents do not take calls on mobile phones here: leave `UseMobileCallOut` and `UseMobileAccept` out.")
	case p.ForwardingConfig != nil && p.ForwardingConfig.Enabled:
		return nil, fail(CodeUnsupportedOperation,
			"Calls are not forwarded by agent here: leave `ForwardingConfig` out.")
	}
	if p.Phone != nil {
		*p.Phone = national(*p.Phone)
	}
	names := map[string]string{
		"UserID": "Email", "Name": "Name", "Nick": "Nick", "Phone": "Phone", "StaffNo": "StaffNo",
		"Extension": "ExtensionNumber", "Groups": "SkillGroupIds",
	}
	c := directory.AgentChange{Name: p.Name, Nick: p.Nick, Phone: p.Phone, StaffNo: p.StaffNo,
		Extension: p.ExtensionNumber}
	if p.SkillGroupIDs != nil {
		agent, err := h.opts.Directory.Agent(app, p.Email)
		if err != nil {
			return nil, refused(err, names)
		}
		if c.Groups, err = h.groupsOf(app, &agent, p.SkillGroupIDs); err != nil {
			return nil, refused(err, names)
		}
	}
	if _, err := h.opts.Directory.ModifyAgent(ctx, app, p.Email, c); err != nil {
		return nil, refused(err, names)
	}
	return empty{}, nil
}

// groupsOf makes bindings; the agent keeps its priority in a group it is in.
func (h *Handler) groupsOf(app string, a *directory.Agent, refs []groupRef) ([]directory.Binding, error) {
	all := []directory.Binding{}
	for _, ref := range refs {
		g, err := h.skillGroup(app, ref)
		if err != nil {
			return nil, err
		}
		b := directory.Binding{GroupID: g.ID}
		for _, old := range a.Bindings {
			if old.GroupID == g.ID {
				b.Priority = old.Priority
			}
		}
		all = append(all, b)
	}
	return all, nil
}

type deleteStaffParams struct {
	SdkAppID  int64    `api:"SdkAppId,required"`
	StaffList []string `api:"StaffList,required"`
}

type deleteStaffResult struct {
	OnlineStaffList  []string
	DeleteStatusInfo string
}

// maxDeleteStaff is the documented bound of StaffList.
const maxDeleteStaff = 200

// deleteStaff removes agents, except those who are on line. If one of them
// does not exist, none is removed.
func (h *Handler) deleteStaff(ctx context.Context, q *request, p *deleteStaffParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	if len(p.StaffList) == 0 || len(p.StaffList) > maxDeleteStaff {
		return nil, invalid("StaffList", "it must have 1 to %d elements", maxDeleteStaff)
	}
	slices.Sort(p.StaffList)
	p.StaffList = slices.Compact(p.StaffList)
	names := map[string]string{"UserID": "StaffList"}
	for _, user := range p.StaffList {
		if _, err := h.opts.Directory.Agent(app, user); err != nil {
			return nil, refused(err, names)
		}
	}
	states, err := h.staffStates(ctx, app, p.StaffList)
	if err != nil {
		return nil, err
	}
	out := deleteStaffResult{OnlineStaffList: []string{}}
	for _, user := range p.StaffList {
		if s, ok := states[user]; ok && s.State.Status != wire.StatusOffline {
			out.OnlineStaffList = append(out.OnlineStaffList, user)
			continue
		}
		if err := h.opts.Directory.DeleteAgent(ctx, app, user); err != nil {
			return nil, refused(err, names)
		}
	}
	return out, nil
}

// staffStates are the states of agents by account, nil for all of them.
func (h *Handler) staffStates(ctx context.Context, app string, users []string) (map[string]StaffState, error) {
	if h.opts.Live == nil {
		return nil, nil
	}
	all, err := h.opts.Live.Staff(ctx, app, users)
	if err != nil {
		return nil, h.liveError(err)
	}
	states := map[string]StaffState{}
	for _, s := range all {
		states[s.UserID] = s
	}
	return states, nil
}
