package bridge

func adminMethods() map[string]method {
	return map[string]method{
		"Admin.getSkillGroups": notYet[struct{}](nil),
	}
}
