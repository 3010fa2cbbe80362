// Package bench measures the product as users meet it: the real gateway, the
// real SDK in Chromium, SIP over real sockets. `make bench` runs it and prints a
// table; nothing here is an assertion on time.
package bench
