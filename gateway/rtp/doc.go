// Package rtp is the media side of telephone calls: RTP and RTCP over UDP (RFC
// 3550, RFC 3551) with G.711 and telephone-event (RFC 4733). A Leg is one
// call's socket and implements mix.Leg; Ports hands the sockets out.
//
// The package knows nothing of SIP or SDP: whoever negotiates tells the leg the
// result with Leg.Negotiate.
package rtp
