package rtp

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
)

// Suite is a crypto suite of SRTP (RFC 4568 section 6.2, RFC 6188, RFC 7714).
// The zero value is none.
type Suite uint8

// suites are those that the gateway knows, the strongest first.
var suites = []struct {
	name    string
	profile srtp.ProtectionProfile
}{
	{"AEAD_AES_256_GCM", srtp.ProtectionProfileAeadAes256Gcm},
	{"AEAD_AES_128_GCM", srtp.ProtectionProfileAeadAes128Gcm},
	{"AES_256_CM_HMAC_SHA1_80", srtp.ProtectionProfileAes256CmHmacSha1_80},
	{"AES_CM_128_HMAC_SHA1_80", srtp.ProtectionProfileAes128CmHmacSha1_80},
	{"AES_CM_128_HMAC_SHA1_32", srtp.ProtectionProfileAes128CmHmacSha1_32},
}

// Suites are all suites, in the order of preference.
func Suites() []Suite {
	all := make([]Suite, len(suites))
	for i := range all {
		all[i] = Suite(i + 1)
	}
	return all
}

// ParseSuite finds a suite by its name in SDP.
func ParseSuite(name string) (Suite, bool) {
	for i := range suites {
		if strings.EqualFold(suites[i].name, name) {
			return Suite(i + 1), true
		}
	}
	return 0, false
}

// String is the name in SDP.
func (s Suite) String() string {
	if s == 0 || int(s) > len(suites) {
		return "none"
	}
	return suites[s-1].name
}

func (s Suite) profile() srtp.ProtectionProfile { return suites[s-1].profile }

// lengths are those of the master key and of its salt, in bytes.
func (s Suite) lengths() (key, salt int) {
	key, _ = s.profile().KeyLen() // all of them are known to the library
	salt, _ = s.profile().SaltLen()
	return key, salt
}

// KeySize is the length of a master key with its salt behind it, in bytes.
func (s Suite) KeySize() int {
	key, salt := s.lengths()
	return key + salt
}

// Keys are what a session is encrypted with. Those of the two sides differ
// (RFC 4568 section 6.1).
type Keys struct {
	Suite  Suite
	Local  []byte // master key and salt of what is sent
	Remote []byte // and of what the peer sends
	MKI    []byte // that the peer's packets carry, nil for none
}

// String never shows the keys.
func (k *Keys) String() string {
	if k == nil {
		return "none"
	}
	return k.Suite.String()
}

// GoString never shows the keys.
func (k *Keys) GoString() string { return k.String() }

// replayWindow is how many packets may be overtaken by later ones.
const replayWindow = 128

// crypt has the contexts of a session's keys. They count the packets, so they
// outlive a renegotiation that leaves the keys alone (RFC 4568 section 7.1.4).
type crypt struct {
	in  *opener
	out *sealer
}

// opener decrypts what the peer sends.
type opener struct {
	suite    Suite
	key, mki []byte

	rtp    *srtp.Context // only the goroutine of readRTP uses these three
	header rtp.Header
	plain  []byte

	mu  sync.Mutex
	ctl *srtp.Context
}

// sealer encrypts what is sent.
type sealer struct {
	suite Suite
	key   []byte

	rtp    *srtp.Context // guarded by sender.mu, as are these two
	header rtp.Header
	sealed []byte

	mu  sync.Mutex
	ctl *srtp.Context
}

// newCrypt makes the contexts of keys, or takes those of before over.
func newCrypt(k *Keys, before *crypt) (*crypt, error) {
	if k == nil {
		return nil, nil
	}
	if k.Suite == 0 || int(k.Suite) > len(suites) {
		return nil, fmt.Errorf("the crypto suite %d is not known", k.Suite)
	}
	if before == nil {
		before = &crypt{}
	}
	c := &crypt{in: before.in, out: before.out}
	if o := c.in; o == nil || o.suite != k.Suite || !bytes.Equal(o.key, k.Remote) || !bytes.Equal(o.mki, k.MKI) {
		o = &opener{suite: k.Suite, key: k.Remote, mki: k.MKI, plain: make([]byte, 0, maxPacket)}
		var err error
		if o.rtp, err = k.Suite.context(k.Remote, k.MKI); err == nil {
			o.ctl, err = k.Suite.context(k.Remote, k.MKI)
		}
		if err != nil {
			return nil, fmt.Errorf("the peer's key: %w", err)
		}
		c.in = o
	}
	if o := c.out; o == nil || o.suite != k.Suite || !bytes.Equal(o.key, k.Local) {
		o = &sealer{suite: k.Suite, key: k.Local, sealed: make([]byte, 0, 2*maxPacket)}
		var err error
		if o.rtp, err = k.Suite.context(k.Local, nil); err == nil {
			o.ctl, err = k.Suite.context(k.Local, nil)
		}
		if err != nil {
			return nil, fmt.Errorf("our own key: %w", err)
		}
		c.out = o
	}
	return c, nil
}

func (s Suite) context(master, mki []byte) (*srtp.Context, error) {
	key, salt := s.lengths()
	if len(master) != key+salt {
		return nil, fmt.Errorf("%s takes %d bytes, not %d", s, key+salt, len(master))
	}
	options := []srtp.ContextOption{srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)}
	if len(mki) > 0 {
		options = append(options, srtp.MasterKeyIndicator(mki))
	}
	return srtp.CreateContext(master[:key], master[key:], s.profile(), options...)
}

// open decrypts an RTP packet; false: it is forged, repeated or not encrypted.
// What it gives is good until the next call.
func (c *crypt) open(b []byte) ([]byte, bool) {
	if c == nil {
		return b, true
	}
	o := c.in
	n, err := o.header.Unmarshal(b)
	if err != nil || n > len(b) {
		return nil, false
	}
	plain, err := o.rtp.DecryptRTP(o.plain[:0], b, &o.header)
	return plain, err == nil
}

// openControl does the same for RTCP.
func (c *crypt) openControl(b []byte) ([]byte, bool) {
	if c == nil {
		return b, true
	}
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	plain, err := c.in.ctl.DecryptRTCP(nil, b, nil)
	return plain, err == nil
}

// seal encrypts an RTP packet that has a plain header. What it gives is good
// until the next call.
func (c *crypt) seal(b []byte) ([]byte, error) {
	if c == nil {
		return b, nil
	}
	o := c.out
	if _, err := o.header.Unmarshal(b); err != nil {
		return nil, fmt.Errorf("failed to encrypt RTP: %w", err)
	}
	sealed, err := o.rtp.EncryptRTP(o.sealed[:0], b, &o.header)
	if err != nil {
		return nil, fmt.Errorf("failed to encrypt RTP: %w", err)
	}
	return sealed, nil
}

// sealControl does the same for RTCP.
func (c *crypt) sealControl(b []byte) ([]byte, error) {
	if c == nil {
		return b, nil
	}
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	sealed, err := c.out.ctl.EncryptRTCP(nil, b, nil)
	if err != nil {
		return nil, fmt.Errorf("failed to encrypt RTCP: %w", err)
	}
	return sealed, nil
}
