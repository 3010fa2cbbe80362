package bridge

import (
	"context"

	"tccc/wire"
)

func adminMethods(c Calls) map[string]method {
	return map[string]method{
		"Admin.getSkillGroups": define(quick, nil, func(ctx context.Context, _ *wire.Empty) (any, error) {
			now, err := c.Colleagues(ctx)
			list := wire.GroupNames{SkillGroups: make([]wire.GroupName, len(now.Groups))}
			for i := range now.Groups {
				list.SkillGroups[i] = wire.GroupName{Name: now.Groups[i].Name, ID: now.Groups[i].SkillGroupID}
			}
			return list, err
		}),
	}
}
