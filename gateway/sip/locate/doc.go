// Package locate finds where a SIP request can go (RFC 3263 section 4): by
// NAPTR, SRV, A and AAAA records, which are kept as long as they hold. Whatever
// the DNS answers, a request has at most MaxTargets targets.
package locate
