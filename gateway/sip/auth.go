package sip

import (
	"github.com/emiago/sipgo/sip"

	"tccc/gateway/sip/digest"
)

// maxAttempts bounds how often a request is sent again: proxies and the user
// agent behind them may each challenge it, and find a nonce stale.
const maxAttempts = 6

// sign puts all credentials that are known on a request.
func sign(keys *digest.Keyring, req *sip.Request) {
	agents, proxies := keys.Sign(string(req.Method), req.Recipient.String())
	for _, v := range agents {
		req.AppendHeader(sip.NewHeader("Authorization", v))
	}
	for _, v := range proxies {
		req.AppendHeader(sip.NewHeader("Proxy-Authorization", v))
	}
}

// signedAs puts the credentials of an INVITE on its ACK (RFC 3261 section 22.1).
func signedAs(invite, ack *sip.Request) {
	sip.CopyHeaders("Authorization", invite, ack)
	sip.CopyHeaders("Proxy-Authorization", invite, ack)
}

// challenged reports whether a response is a challenge that can be answered.
func challenged(keys *digest.Keyring, try *digest.Try, res *sip.Response) bool {
	return res != nil && (res.StatusCode == 401 || res.StatusCode == 407) &&
		keys.Challenge(try, values(res, "WWW-Authenticate"), values(res, "Proxy-Authenticate"))
}

// values are those of all headers of a name.
func values(m sip.Message, name string) (list []string) {
	for _, h := range m.GetHeaders(name) {
		list = append(list, h.Value())
	}
	return list
}

// exchange is a request that is sent again, with credentials, while it is
// challenged.
type exchange struct {
	s    *Server
	keys *digest.Keyring
	post func(func()) bool                        // to whoever owns the dialog
	make func() (*sip.Request, error)             // with the next number
	sent func(*sip.ClientTx, *sip.Request)        // may be nil
	take func(*sip.Request, *sip.Response, error) // the responses that are no challenge
	try  digest.Try
	n    int
}

func (x *exchange) send() error {
	req, err := x.make()
	if err != nil {
		return err
	}
	x.n++
	sign(x.keys, req)
	tx, err := x.s.transact(req, func(res *sip.Response, err error) {
		x.post(func() { x.took(req, res, err) })
	})
	if err == nil && x.sent != nil {
		x.sent(tx, req)
	}
	return err
}

func (x *exchange) took(req *sip.Request, res *sip.Response, err error) {
	if x.n < maxAttempts && challenged(x.keys, &x.try, res) && x.send() == nil {
		return
	}
	x.take(req, res, err)
}

// exchange sends a request of the call's dialog; take runs in the loop.
func (c *Call) exchange(make func() (*sip.Request, error), take func(*sip.Request, *sip.Response, error)) *exchange {
	return &exchange{s: c.s, keys: c.keys, post: c.post, make: make, take: take}
}
