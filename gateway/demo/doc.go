// Package demo is what exists in demo mode only: logging in without a back end,
// customers who chat without a browser, and a telephone inside the process. The telephone is a real SIP user agent on
// a port of its own, behind the demo's trunk; the phone page and tests drive it
// over HTTP.
package demo
