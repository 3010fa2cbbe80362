// Package ccgateway is the HTTP door for front ends written against Huawei's
// CC-Gateway (/agentgateway/resource/…): agents sign in with their work
// number, set their state, poll their events, and after a refresh of their
// page ask with syncagentinfo what they were doing. The agent behind a work
// number is the agent of the browser global tccc: what is set through one door
// is seen through the other.
//
// A signed-in agent is a desk. It follows the agent's journal, turns it into
// the vendor's events in a bounded queue, and keeps what a refresh asks for.
package ccgateway
