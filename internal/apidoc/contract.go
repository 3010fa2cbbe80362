package apidoc

import (
	"slices"
	"strings"
)

// contract are the members that existing front ends may use: what the vendor
// documents, or what public front ends were seen to use. Whatever else there is
// is an addition.
var contract = strings.Fields(`
	on off overrideButtonConfig callOut
	Agent.online Agent.offline Agent.setStatus Agent.getStatus
	Call.startOutboundCall Call.accept Call.hungUp Call.end Call.deleteCall Call.muteMic Call.unmuteMic Call.isMicMuted
	Call.startInternalCall Call.transfer Call.hold Call.unHold Call.sendDigits Call.kick
	Chat.accept Chat.end Chat.transfer Chat.sendCardMessage Chat.sendOrderMessage
	Video.accept Video.end Video.muteMic Video.unmuteMic Video.muteVideo Video.unmuteVideo Video.transfer
	Devices.isBrowserSupported Devices.isEnvSupported Devices.getMicrophones Devices.getSpeakers
	UI.hide UI.show UI.showfloatButton UI.hidefloatButton UI.showWorkbench UI.hideWorkbench UI.mount
	Admin.getSkillGroups
	events.ready events.tokenExpired events.callIn events.userAccessed events.autoTransfer events.sessionEnded
	events.sessionCompleted events.callOuted events.calloutAccepted events.transfer events.statusChanged events.asr`)

// Contract lists the members that existing front ends may use, such as
// Call.accept, on and events.callIn.
func Contract() []string { return slices.Clone(contract) }
