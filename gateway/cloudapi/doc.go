// Package cloudapi is the door for back ends that were written against the
// cloud's API: one HTTP handler that speaks the contact-centre product's
// version 2020-02-10 in the style of Tencent Cloud API 3.0.
//
// A request is signed, with TC3-HMAC-SHA256 or with the older signature
// version 1 (HmacSHA1, HmacSHA256), by the key of one application, and sees
// only that application. Every answer has HTTP status 200, errors too: clients
// throw away the body of any other. docs/cloud-api.md has the actions, their
// parameters and the error codes.
//
// What the protocol leaves open is left open here: a TC3 request has no nonce,
// so that the same signed request is good again within five minutes of its
// time stamp, and clients do not sign the header that names the action. TLS is
// what keeps others from reading and changing requests. Requests of version 1
// have a nonce, and a process accepts each once.
package cloudapi
