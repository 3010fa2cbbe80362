// Package desk is the Desk REST API, the door for back ends that follow a
// customer's chat: POST /v4/desk_http_svc/ with get_session_state, send_msg and
// end_session.
//
// A request is authenticated by the UserSig of the application's administrator,
// in the query. Every answer has HTTP status 200; the real result is in
// ErrorCode. docs/desk-rest.md has the fields and the codes.
package desk
