package cloudapi

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"tccc/gateway/directory"
	"tccc/gateway/outcome"
	"tccc/gateway/store"
	"tccc/wire"
)

type telCdrParams struct {
	SdkAppID       int64    `api:"SdkAppId,required"`
	StartTimeStamp int64    `api:"StartTimeStamp,required"`
	EndTimeStamp   int64    `api:"EndTimeStamp,required"`
	PageSize       *int64   `api:"PageSize"`
	PageNumber     *int64   `api:"PageNumber"`
	InstanceID     *int64   `api:"InstanceId"` // no longer means anything
	Limit          *int64   `api:"Limit"`      // of older clients, instead of PageSize
	Offset         *int64   `api:"Offset"`     // of older clients, instead of PageNumber
	Phones         []string `api:"Phones"`
	SessionIDs     []string `api:"SessionIds"`
}

type telCdrResult struct {
	TotalCount int
	TelCdrs    []telCdr
	TelCdrList []telCdr // the same: the first name is that of older clients
}

// telCdr is TelCdrInfo. Times are Unix seconds, 0 for never.
type telCdr struct {
	Caller           string
	Callee           string
	Time             int64
	Direction        int64 // 0 in, 1 out
	CallType         int64
	Duration         int64 // s
	RecordURL        string
	SeatUser         *seatUser
	EndStatus        int64
	SkillGroup       string
	CallerLocation   string
	IVRDuration      int64 // s
	RingTimestamp    int64
	AcceptTimestamp  int64
	EndedTimestamp   int64
	IVRKeyPressed    []string
	IVRKeyPressedEx  []ivrKey
	HungUpSide       string
	ServeParticipant []participant `json:"ServeParticipants"`
	SkillGroupID     int64         `json:"SkillGroupId"`
	EndStatusString  string
	StartTimestamp   int64
	QueuedTimestamp  int64
	QueuedGroupID    int64  `json:"QueuedSkillGroupId"`
	QueuedGroupName  string `json:"QueuedSkillGroupName"`
	SessionID        string `json:"SessionId"`
	ProtectedCaller  string
	ProtectedCallee  string
	Uui              string
	UUI              string
	Remark           string
}

type ivrKey struct{ Key, Label string }

// seatUser is SeatUserInfo.
type seatUser struct {
	Name               string
	Mail               string
	Phone              string
	Nick               string
	UserID             string `json:"UserId"`
	SkillGroupNameList []string
	StaffNumber        string
	Role               int64
	ExtensionNumber    string
}

// participant is ServeParticipant: an agent whom the call was offered to.
type participant struct {
	Mail            string
	Phone           string
	RingTimestamp   int64
	AcceptTimestamp int64
	EndedTimestamp  int64
	Type            string
	TransferFrom    string
	TransferTo      string
	SkillGroupID    int64 `json:"SkillGroupId"`
	EndStatusString string
	Sequence        int
	StartTimestamp  int64
	SkillGroupName  string
}

// roleAgent is the only role there is: an ordinary agent.
const roleAgent = 3

func telephone(t wire.SessionType) bool {
	return t == wire.TypePhone || t == wire.TypeVoIP || t == wire.TypeInternal
}

// describeTelCdr lists calls that have ended, the latest first.
func (h *Handler) describeTelCdr(ctx context.Context, q *request, p *telCdrParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	w, err := p.window()
	if err != nil {
		return nil, err
	}
	query := store.CDRQuery{SDKAppID: app}
	if query.From, query.To, err = timeRange("StartTimeStamp", p.StartTimeStamp, "EndTimeStamp",
		p.EndTimeStamp); err != nil {
		return nil, err
	}
	if len(p.SessionIDs) > maxSessions {
		return nil, invalid("SessionIds", "it has more than %d elements", maxSessions)
	}
	phones := map[string]bool{}
	for _, number := range p.Phones {
		phones[national(number)] = true
	}
	fits := func(c *store.CDR) bool {
		return telephone(c.Type) && (len(phones) == 0 || phones[national(c.Caller)] || phones[national(c.Callee)])
	}
	var found []store.CDR
	var total int
	if len(p.SessionIDs) > 0 {
		found, total, err = h.recordsOf(ctx, query, p.SessionIDs, fits, w)
	} else {
		found, total, err = h.records(ctx, query, fits, w)
	}
	if err != nil {
		return nil, err
	}
	list := make([]telCdr, 0, len(found))
	for i := range found {
		c, err := h.telCdr(ctx, &found[i])
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return telCdrResult{total, list, list}, nil
}

func (p *telCdrParams) window() (window, error) {
	switch {
	case p.PageSize == nil && p.Limit != nil:
		return slice(p.Limit, p.Offset, maxPage, 0)
	case p.PageSize == nil:
		return window{}, missing("PageSize")
	case p.PageNumber == nil:
		return window{}, missing("PageNumber")
	}
	return page(*p.PageSize, *p.PageNumber, maxPage)
}

// recordsOf gives a window of the records of named sessions.
func (h *Handler) recordsOf(ctx context.Context, q store.CDRQuery, sessions []string, fits func(*store.CDR) bool,
	w window) ([]store.CDR, int, error) {
	var all []store.CDR
	slices.Sort(sessions)
	for _, id := range slices.Compact(sessions) {
		if id == "" || len(id) > 256 {
			continue
		}
		q.SessionID = id
		if err := h.each(ctx, q, func(c *store.CDR, _ uint64) {
			if fits(c) {
				all = append(all, *c)
			}
		}); err != nil {
			return nil, 0, err
		}
	}
	slices.SortFunc(all, func(x, y store.CDR) int { return cmp.Compare(y.EndAt, x.EndAt) })
	from := min(w.offset, len(all))
	return all[from:min(from+w.limit, len(all))], len(all), nil
}

func (h *Handler) telCdr(ctx context.Context, c *store.CDR) (telCdr, error) {
	end := outcome.Of(c)
	out := telCdr{
		Caller: c.Caller, Callee: c.Callee, Time: seconds(c.StartAt), StartTimestamp: seconds(c.StartAt),
		CallType: outcome.CallType(c), Duration: seconds(c.Duration), SeatUser: h.seatUser(c),
		EndStatus: end.Status, EndStatusString: end.Name, SkillGroup: c.SkillGroupName,
		SkillGroupID: groupNumber(c.SkillGroupID), CallerLocation: c.Location, RingTimestamp: seconds(c.RingAt),
		AcceptTimestamp: seconds(c.AnswerAt), EndedTimestamp: seconds(c.EndAt), IVRKeyPressed: []string{},
		IVRKeyPressedEx: []ivrKey{}, HungUpSide: outcome.Side(c.CloseBy), ServeParticipant: h.participants(c),
		SessionID: c.SessionID, ProtectedCaller: c.ProtectedCaller, ProtectedCallee: c.ProtectedCallee, Uui: c.UUI,
		UUI: c.UUI, Remark: c.Remark,
	}
	if c.Direction == wire.Outbound {
		out.Direction = 1
	}
	// Where numbers are protected, only what stands for them is shown.
	if c.ProtectedCaller != "" {
		out.Caller = ""
	}
	if c.ProtectedCallee != "" {
		out.Callee = ""
	}
	for _, k := range c.IVRPath {
		out.IVRKeyPressed = append(out.IVRKeyPressed, k.Key)
		out.IVRKeyPressedEx = append(out.IVRKeyPressedEx, ivrKey{k.Key, k.Label})
	}
	if c.IVRAt != 0 {
		out.IVRDuration = seconds(max(0, cmp.Or(c.QueueAt, c.RingAt, c.EndAt)-c.IVRAt))
	}
	if c.QueueAt != 0 {
		out.QueuedTimestamp, out.QueuedGroupID, out.QueuedGroupName =
			seconds(c.QueueAt), groupNumber(c.SkillGroupID), c.SkillGroupName
	}
	if h.opts.Records != nil {
		var err error
		if out.RecordURL, err = h.opts.Records.URL(ctx, c.SDKAppID, c.SessionID); err != nil {
			return telCdr{}, err
		}
	}
	return out, nil
}

func groupNumber(id string) int64 {
	if id == "" {
		return 0
	}
	return directory.GroupNumber(id)
}

// seatUser is the agent who had a call last, as the directory knows it or, if
// it is gone, as the record does.
func (h *Handler) seatUser(c *store.CDR) *seatUser {
	if c.UserID == "" {
		return nil
	}
	u := &seatUser{
		Name: c.AgentName, Mail: c.UserID, UserID: c.UserID, StaffNumber: c.StaffNo, Role: roleAgent,
		SkillGroupNameList: []string{},
	}
	a, err := h.opts.Directory.Agent(c.SDKAppID, c.UserID)
	if err != nil {
		return u
	}
	u.Name, u.Phone, u.Nick, u.StaffNumber, u.ExtensionNumber = a.Name, a.Phone, a.Nick, a.StaffNo, a.Extension
	for _, id := range a.SkillGroups {
		if g, err := h.opts.Directory.Group(c.SDKAppID, id); err == nil {
			u.SkillGroupNameList = append(u.SkillGroupNameList, g.DisplayName())
		}
	}
	return u
}

// participants are the agents whom a call was offered to, in order. An
// outbound call has one, who made it.
func (h *Handler) participants(c *store.CDR) []participant {
	rings := c.Rings
	if len(rings) == 0 && c.UserID != "" {
		rings = []store.Ring{{UserID: c.UserID, At: c.StartAt, Until: c.AnswerAt}}
		if c.AnswerAt != 0 {
			rings[0].Result = "answered"
		}
	}
	list := make([]participant, 0, len(rings))
	for i, r := range rings {
		p := participant{
			Mail: r.UserID, RingTimestamp: seconds(r.At), StartTimestamp: seconds(r.At),
			EndedTimestamp: seconds(cmp.Or(r.Until, c.EndAt)), Type: string(cmp.Or(c.ServerType, wire.StaffSeat)),
			SkillGroupID: groupNumber(c.SkillGroupID), SkillGroupName: c.SkillGroupName, Sequence: i,
			EndStatusString: outcome.RingingGiveUp.Name,
		}
		switch r.Result {
		case "answered":
			p.AcceptTimestamp, p.EndedTimestamp, p.EndStatusString =
				seconds(cmp.Or(r.Until, c.AnswerAt)), seconds(c.EndAt), outcome.OK.Name
			p.TransferFrom, p.TransferTo = c.TransferredFrom, c.TransferredTo
		case "noAnswer":
			p.EndStatusString = outcome.NotAnswer.Name
		case "declined":
			p.EndStatusString = outcome.UserReject.Name
		case "lost":
			p.EndStatusString = outcome.ClientError.Name
		}
		if a, err := h.opts.Directory.Agent(c.SDKAppID, r.UserID); err == nil {
			p.Phone = a.Phone
		}
		list = append(list, p)
	}
	return list
}

// national is a number as it is dialled, without the country code that the
// vendor's documents ask for in front of numbers: the gateway's trunks and
// numbers have none. What is no number stays, to be refused by name.
func national(number string) string {
	if n, err := wire.ParseNumber(number); err == nil {
		number = n.String()
	}
	if rest, ok := strings.CutPrefix(number, "0086"); ok && len(rest) >= 3 {
		return rest
	}
	return number
}

type telCallInfoParams struct {
	StartTimeStamp int64   `api:"StartTimeStamp,required"`
	EndTimeStamp   int64   `api:"EndTimeStamp,required"`
	SdkAppIDList   []int64 `api:"SdkAppIdList,required"`
}

type telCallInfo struct {
	TelCallOutCount  int64 // minutes, each call rounded up
	TelCallInCount   int64
	SeatUsedCount    int64 // agents who had a call
	VoipCallInCount  int64
	VOIPCallInCount  int64
	AsrOfflineCount  int64
	AsrRealtimeCount int64
}

// describeTelCallInfo adds up minutes.
func (h *Handler) describeTelCallInfo(ctx context.Context, q *request, p *telCallInfoParams) (any, error) {
	if len(p.SdkAppIDList) == 0 {
		return nil, invalid("SdkAppIdList", "it is empty")
	}
	app := ""
	for _, id := range p.SdkAppIDList {
		var err error
		if app, err = h.app(q, id); err != nil {
			return nil, err
		}
	}
	from, to, err := timeRange("StartTimeStamp", p.StartTimeStamp, "EndTimeStamp", p.EndTimeStamp)
	if err != nil {
		return nil, err
	}
	var sum telCallInfo
	seats := map[string]bool{}
	err = h.each(ctx, store.CDRQuery{SDKAppID: app, From: from, To: to}, func(c *store.CDR, _ uint64) {
		minutes := (c.Duration + 59_999) / 60_000
		if c.UserID != "" && c.AnswerAt != 0 && telephone(c.Type) {
			seats[c.UserID] = true
		}
		switch {
		case c.Type == wire.TypeVoIP:
			sum.VoipCallInCount += minutes
		case c.Type != wire.TypePhone:
		case c.Direction == wire.Outbound:
			sum.TelCallOutCount += minutes
		default:
			sum.TelCallInCount += minutes
		}
	})
	if err != nil {
		return nil, err
	}
	sum.SeatUsedCount, sum.VOIPCallInCount = int64(len(seats)), sum.VoipCallInCount
	return sum, nil
}
