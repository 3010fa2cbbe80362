// Package auth knows who may log in: login tokens, which a back end hands to a
// page inside the SDK's URL, and resume secrets, with which a page that has
// logged in takes its login up again after it lost the socket.
//
// Neither is kept: the store holds their SHA-256 only. Both are 128 random bits
// or more, so that a plain hash is enough.
package auth
