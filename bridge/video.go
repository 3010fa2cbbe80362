package bridge

func videoMethods() map[string]method {
	later := notYet(checkSession)
	return map[string]method{
		"Video.accept":      later,
		"Video.end":         later,
		"Video.muteMic":     later,
		"Video.unmuteMic":   later,
		"Video.muteVideo":   later,
		"Video.unmuteVideo": later,
		"Video.transfer":    notYet(checkTransfer),
	}
}
