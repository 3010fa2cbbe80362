// Package sip is the gateway's SIP user agent (RFC 3261): it takes calls from
// the configured trunks and makes calls through them, over UDP and TCP.
//
// A Server listens and knows the trunks; a Call is one dialog with one Leg of
// media. Transport and transactions are those of emiago/sipgo; dialogs, offer
// and answer, authentication and timers are here. One goroutine owns a call;
// what happens to it is reported, in order, on Call.Events.
package sip
