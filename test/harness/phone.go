package harness

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
	"github.com/stretchr/testify/require"
)

// CarrierEnv are settings of a gateway that takes calls from a [Carrier], for
// the demo's sales number and beside the demo's own phone.
func CarrierEnv() []string {
	return []string{
		"TCCC_SIP_TRUNKS_1_NAME=carrier", "TCCC_SIP_TRUNKS_1_ADDRESS=127.0.0.1:9",
		"TCCC_SIP_TRUNKS_1_INBOUND_ADDRESSES=127.0.0.1",
		"TCCC_APPS_0_NUMBERS_0_TRUNK=carrier",
	}
}

// Carrier is a SIP peer of the test's own, for what the demo phone does not
// show: the time of each step, to the packet.
type Carrier struct {
	gateway string
	client  *sipgo.Client
	ua      sipgo.DialogUA
	dialogs sync.Map // Call-ID: *CarrierCall
}

// CarrierCall is a call from the carrier to the gateway. The times are set in
// this order; read them after the call of [CarrierCall.Await…] that waits for
// them.
type CarrierCall struct {
	Invited  time.Time // the INVITE was written
	Answered time.Time // the 200 was read
	*Receiver

	dialog   *sipgo.DialogClientSession
	answered chan error
	ended    chan struct{}
	stop     context.CancelFunc
	work     sync.WaitGroup
	once     sync.Once
}

// NewCarrier starts a carrier that ends with the test.
func NewCarrier(t testing.TB, g *Gateway) *Carrier {
	t.Helper()
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	ua, err := sipgo.NewUA(sipgo.WithUserAgent("carrier"), sipgo.WithUserAgentHostname("127.0.0.1"))
	require.NoError(t, err)
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	require.NoError(t, err)
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	port := conn.LocalAddr().(*net.UDPAddr).Port
	client, err := sipgo.NewClient(ua, sipgo.WithClientLogger(quiet), sipgo.WithClientHostname("127.0.0.1"),
		sipgo.WithClientPort(port), sipgo.WithClientConnectionAddr(conn.LocalAddr().String()))
	require.NoError(t, err)
	c := &Carrier{gateway: g.SIP, client: client}
	c.ua = sipgo.DialogUA{Client: client,
		ContactHDR: sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "carrier", Host: "127.0.0.1", Port: port}}}
	server.OnBye(func(req *sip.Request, tx sip.ServerTransaction) {
		if call, ok := c.dialogs.Load(req.CallID().Value()); ok {
			_ = call.(*CarrierCall).dialog.ReadBye(req, tx) // answers it
			call.(*CarrierCall).end()
			return
		}
		_ = tx.Respond(sip.NewResponseFromRequest(req, 481, "Call/Transaction Does Not Exist", nil))
	})
	server.OnOptions(func(req *sip.Request, tx sip.ServerTransaction) {
		_ = tx.Respond(sip.NewResponseFromRequest(req, 200, "OK", nil))
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.ServeUDP(conn) // ends with the connection
	}()
	awaitOptions(t, conn.LocalAddr().String())
	t.Cleanup(func() {
		c.dialogs.Range(func(_, call any) bool {
			call.(*CarrierCall).Hangup(context.Background())
			return true
		})
		_ = conn.Close()
		<-done
		_ = ua.Close()
	})
	return c
}

// awaitOptions asks a SIP server for its options until it answers: before it
// reads, its socket is not used for requests.
func awaitOptions(t testing.TB, address string) {
	t.Helper()
	c, err := net.Dial("udp", address)
	require.NoError(t, err)
	defer c.Close()
	buf := make([]byte, 1500)
	for n := 0; ; n++ {
		_, err := fmt.Fprintf(c, "OPTIONS sip:%[1]s SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;rport;branch=z9hG4bKready%[3]d\r\nMax-Forwards: 1\r\n"+
			"From: <sip:ready@%[2]s>;tag=1\r\nTo: <sip:%[1]s>\r\nCall-ID: ready%[3]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n", address, c.LocalAddr(), n)
		require.NoError(t, err)
		require.NoError(t, c.SetReadDeadline(time.Now().Add(200*time.Millisecond)))
		if _, err := c.Read(buf); err == nil {
			return
		}
		require.Less(t, n, 50, "the carrier does not answer")
	}
}

// Call sends an INVITE and returns when it is written.
func (c *Carrier) Call(ctx context.Context, from, to string) (*CarrierCall, error) {
	receiver, err := NewReceiver()
	if err != nil {
		return nil, err
	}
	offer := fmt.Sprintf("v=0\r\no=carrier 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n", receiver.Port())
	host, portText, _ := net.SplitHostPort(c.gateway)
	port, _ := strconv.Atoi(portText)
	caller := &sip.FromHeader{Address: sip.Uri{Scheme: "sip", User: from, Host: "127.0.0.1"}, Params: sip.NewParams()}
	caller.Params.Add("tag", sip.GenerateTagN(16))

	life, stop := context.WithCancel(context.Background())
	call := &CarrierCall{Receiver: receiver, answered: make(chan error, 1), ended: make(chan struct{}), stop: stop,
		Invited: time.Now()}
	call.dialog, err = c.ua.Invite(ctx, sip.Uri{Scheme: "sip", User: to, Host: host, Port: port}, []byte(offer), caller,
		sip.NewHeader("Content-Type", "application/sdp"))
	if err != nil {
		stop()
		receiver.Close()
		return nil, fmt.Errorf("failed to send INVITE: %w", err)
	}
	c.dialogs.Store(call.dialog.InviteRequest.CallID().Value(), call)
	call.work.Go(func() {
		err := call.dialog.WaitAnswer(life, sipgo.AnswerOptions{})
		call.Answered = time.Now()
		if err == nil {
			err = call.dialog.Ack(life)
		}
		if err == nil {
			if to := RemoteMedia(string(call.dialog.InviteResponse.Body())); to != nil {
				call.Speak(to)
			}
		}
		call.answered <- err
	})
	return call, nil
}

// AwaitAnswer waits until the call is answered; the error is that of the refusal.
func (c *CarrierCall) AwaitAnswer(ctx context.Context) error {
	select {
	case err := <-c.answered:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// AwaitEnd waits until the gateway has hung up.
func (c *CarrierCall) AwaitEnd(ctx context.Context) error {
	select {
	case <-c.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hangup ends the call, or cancels it while it rings.
func (c *CarrierCall) Hangup(ctx context.Context) {
	c.once.Do(func() {
		if c.dialog.LoadState() == sip.DialogStateConfirmed {
			ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
			defer cancel()
			_ = c.dialog.Bye(ctx) // the gateway may have ended it meanwhile
		}
		c.finish()
	})
}

// end follows a BYE of the gateway.
func (c *CarrierCall) end() {
	c.once.Do(func() {
		close(c.ended)
		c.finish()
	})
}

func (c *CarrierCall) finish() {
	c.stop() // cancels an INVITE that is not answered
	c.work.Wait()
	c.Receiver.Close()
}
