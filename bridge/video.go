package bridge

func videoMethods() map[string]method {
	return map[string]method{
		"Video.accept":      notYet(checkSession),
		"Video.end":         notYet(checkSession),
		"Video.muteMic":     notYet(checkSession),
		"Video.unmuteMic":   notYet(checkSession),
		"Video.muteVideo":   notYet(checkSession),
		"Video.unmuteVideo": notYet(checkSession),
		"Video.transfer":    notYet(checkTransfer),
	}
}
