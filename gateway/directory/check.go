package directory

import (
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"

	"tccc/internal/clip"
	"tccc/wire"
)

// The rules are those of the configuration (gateway/config).
var (
	plainName = regexp.MustCompile(`^[^\s/?#"<>]{1,64}$`)
	phone     = regexp.MustCompile(`^(\+?[0-9]{3,32})?$`)
	number    = regexp.MustCompile(`^[^\s/?#"<>]{0,32}$`)
)

// readPhone makes a telephone number of a text as people write it.
func readPhone(text *string) bool {
	n, err := wire.ParseNumber(*text)
	if *text == "" {
		return true
	}
	if err != nil || n.Extension != "" || !phone.MatchString(n.Digits) {
		return false
	}
	*text = n.Digits
	return true
}

// maxGroups bounds the groups of one agent.
const maxGroups = 100

// check looks at a change to an agent of the view.
func (c *AgentChange) check(v *view, userID string) error {
	if err := text("Name", c.Name); err != nil {
		return err
	}
	if err := text("Nick", c.Nick); err != nil {
		return err
	}
	switch {
	case c.StaffNo != nil && !number.MatchString(*c.StaffNo):
		return fail(ErrInvalid, "StaffNo",
			"a work number has up to 32 characters without spaces and / ? # \" < >, not %q", clip.Shown(*c.StaffNo, 64))
	case c.Phone != nil && !readPhone(c.Phone):
		return fail(ErrInvalid, "Phone", "a telephone number has 3 to 32 digits and may begin with \"+\", not %q",
			clip.Shown(*c.Phone, 64))
	case c.Extension != nil && !number.MatchString(*c.Extension):
		return fail(ErrInvalid, "Extension",
			"an extension has up to 32 characters without spaces and / ? # \" < >, not %q",
			clip.Shown(*c.Extension, 64))
	case c.MaxChats != nil && (*c.MaxChats < 0 || *c.MaxChats > 100):
		return fail(ErrInvalid, "MaxChats", "an agent has 0 to 100 chats at the same time, not %d", *c.MaxChats)
	case len(c.Groups) > maxGroups:
		return fail(ErrInvalid, "Groups", "an agent is in up to %d skill groups, not %d", maxGroups, len(c.Groups))
	}
	for i := range v.agents {
		switch a := &v.agents[i]; {
		case a.UserID == userID:
		case c.StaffNo != nil && *c.StaffNo != "" && a.StaffNo == *c.StaffNo:
			return fail(ErrExists, "StaffNo", "the work number %q is that of another agent", *c.StaffNo)
		case c.Extension != nil && *c.Extension != "" && a.Extension == *c.Extension:
			return fail(ErrExists, "Extension", "the extension %q is that of another agent", *c.Extension)
		}
	}
	return c.checkGroups(v)
}

func (c *AgentChange) checkGroups(v *view) error {
	seen := map[string]bool{}
	for _, b := range c.Groups {
		switch {
		case v.byID[b.GroupID] == nil:
			return noGroup(b.GroupID)
		case seen[b.GroupID]:
			return fail(ErrInvalid, "Groups", "the skill group %q is named twice", b.GroupID)
		case b.Priority < 0 || b.Priority > 5:
			return fail(ErrInvalid, "Priority", "a priority is 1 to 5, not %d", b.Priority)
		}
		seen[b.GroupID] = true
	}
	return nil
}

// check looks at a change to a group of the view; id is "" for a new one.
func (c *GroupChange) check(v *view, id string, types ...wire.SessionType) error {
	if err := text("Name", c.Name); err != nil {
		return err
	}
	if c.Name != nil {
		if *c.Name == "" {
			return fail(ErrInvalid, "Name", "a group needs a name")
		}
		for i := range v.groups {
			if g := &v.groups[i]; g.ID != id && g.DisplayName() == *c.Name {
				return fail(ErrExists, "Name", "there is already a skill group named %q", *c.Name)
			}
		}
	}
	if m := c.MaxConcurrency; m != nil && *m != 1 && !slices.Equal(types, []wire.SessionType{wire.TypeIM}) {
		return fail(ErrInvalid, "MaxConcurrency", "must be 1 in a group that is not for chats only, not %d", *m)
	} else if m != nil && (*m < 1 || *m > 100) {
		return fail(ErrInvalid, "MaxConcurrency", "must be 1 to 100, not %d", *m)
	}
	return nil
}

func text(field string, s *string) error {
	if s == nil {
		return nil
	}
	if !utf8.ValidString(*s) || utf8.RuneCountInString(*s) > 64 {
		return fail(ErrInvalid, field, "must have up to 64 characters")
	}
	for _, r := range *s {
		if unicode.IsControl(r) {
			return fail(ErrInvalid, field, "must not have control characters")
		}
	}
	return nil
}
