// Package cloudclients runs the vendor's official clients for Node and Go
// against the cloud API, with only the endpoint changed, over a real listener.
//
// They need the npm registry and the Go module proxy, or what an earlier run
// has fetched; without them a test is skipped and says so. Of the Go client it is
// the part common to all products, which can call every action: the module of
// this product alone cannot be had from the proxy.
package cloudclients

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tccc/gateway/auth"
	"tccc/gateway/cloudapi"
	"tccc/gateway/config"
	"tccc/gateway/directory"
	"tccc/gateway/store"
	"tccc/wire"
)

const (
	appID     = 1400000001
	secretID  = "AKIDclients"
	secretKey = "clients-secret-key"
)

type call struct {
	Action     string         `json:"action"`
	Params     map[string]any `json:"params"`
	SignMethod string         `json:"signMethod,omitempty"`
	ReqMethod  string         `json:"reqMethod"`
}

type answer struct {
	Result                   map[string]any
	Code, Message, RequestID string
}

// install fetches the client, once.
func install(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: the vendor's client cannot be run", program)
		}
	}
	lock, err := os.Stat("package-lock.json")
	require.NoError(t, err)
	if done, err := os.Stat("node_modules/.package-lock.json"); err == nil && !done.ModTime().Before(lock.ModTime()) {
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, "npm", "ci").CombinedOutput(); err != nil {
		t.Skipf("the vendor's client could not be fetched from the npm registry: %v\n%s", err, out)
	}
}

type server struct {
	port string
	auth *auth.Auth
	dir  *directory.Directory
}

func start(t *testing.T) *server {
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close(context.Background())) })
	a, err := auth.New(t.Context(), s, auth.Options{})
	require.NoError(t, err)
	dir, err := directory.Open(t.Context(), s, []config.App{{
		SDKAppID: strconv.Itoa(appID), CloudAPI: []config.Credential{{SecretID: secretID,
			SecretKey: config.NewSecret(secretKey)}},
		SkillGroups: []config.SkillGroup{{ID: "sales", Name: "Sales", Types: []wire.SessionType{wire.TypePhone}}},
		Agents: []config.Agent{{UserID: "agent1@demo", Name: "Anna Wang", StaffNo: "101",
			SkillGroups: []string{"sales"}}},
	}})
	require.NoError(t, err)
	now := time.Now().UnixMilli()
	_, err = s.AppendCDR(t.Context(), &store.CDR{
		SessionID: "s1", SDKAppID: strconv.Itoa(appID), Type: wire.TypePhone, Direction: wire.Inbound,
		UserID: "agent1@demo", UUI: "订单=7&x", StartAt: now - 60_000, AnswerAt: now - 50_000, EndAt: now,
		Duration: 50_000, CloseBy: wire.CloseClient,
	})
	require.NoError(t, err)
	srv := httptest.NewServer(cloudapi.New(cloudapi.Options{Directory: dir, Tokens: a, CDRs: s}))
	t.Cleanup(srv.Close)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(srv.URL, "http://"))
	require.NoError(t, err)
	return &server{port, a, dir}
}

// client is the command that runs a client.
type client []string

func (c client) run(t *testing.T, endpoint, key string, calls []call) []answer {
	job, err := json.Marshal(map[string]any{"endpoint": endpoint, "secretId": secretID, "secretKey": key,
		"calls": calls})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, c[0], c[1:]...)
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(job), &errs
	out, err := cmd.Output()
	require.NoError(t, err, "%s", errs.String())
	var answers []answer
	require.NoError(t, json.Unmarshal(out, &answers), "%s", out)
	require.Len(t, answers, len(calls))
	return answers
}

func TestNodeClient(t *testing.T) {
	install(t)
	calls(t, client{"node", "client.mjs"}, []way{
		{"", "POST"}, {"", "GET"}, {"HmacSHA1", "GET"}, {"HmacSHA1", "POST"}, {"HmacSHA256", "GET"},
		{"HmacSHA256", "POST"},
	})
}

func TestGoClient(t *testing.T) {
	program := filepath.Join(t.TempDir(), "cloudclient")
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir = "goclient"
	if out, err := build.CombinedOutput(); err != nil {
		t.Skipf("the vendor's client could not be built: %v\n%s", err, out)
	}
	calls(t, client{program}, []way{{"", "POST"}})
	s := start(t)
	for _, how := range []way{{"HmacSHA1", "GET"}, {"HmacSHA1", "POST"}, {"HmacSHA256", "GET"},
		{"HmacSHA256", "POST"}} {
		a := client{program}.run(t, "127.0.0.1:"+s.port, secretKey, []call{{
			"CreateSDKLoginToken", map[string]any{"SdkAppId": appID, "SeatUserId": "agent1@demo", "OnlyOnce": true},
			how.sign, how.method,
		}})[0]
		require.Empty(t, a.Code, "%v: %s", how, a.Message)
		got, err := s.auth.Check(t.Context(), strconv.Itoa(appID), a.Result["Token"].(string))
		require.NoError(t, err)
		assert.Equal(t, "agent1@demo", got)
	}
}

// way is how a client signs and sends; "" is its default, version 3.
type way struct{ sign, method string }

func calls(t *testing.T, c client, ways []way) {
	s := start(t)
	now := time.Now().Unix()
	group := directory.GroupNumber("sales")
	app := func(more map[string]any) map[string]any {
		p := map[string]any{"SdkAppId": appID}
		for k, v := range more {
			p[k] = v
		}
		return p
	}
	for _, host := range []string{"127.0.0.1", "localhost"} {
		for _, how := range ways {
			t.Run(strings.Join([]string{host, how.sign, how.method}, " "), func(t *testing.T) {
				user := "zoe@" + host
				var calls []call
				do := func(action string, params map[string]any) {
					calls = append(calls, call{action, params, how.sign, how.method})
				}
				do("CreateSDKLoginToken", app(map[string]any{"SeatUserId": "agent1@demo", "OnlyOnce": true}))
				do("DescribeTelCdr", app(map[string]any{"StartTimeStamp": now - 3600, "EndTimeStamp": now + 3600,
					"PageSize": 10, "PageNumber": 0, "SessionIds": []string{"s1"}}))
				do("CreateStaff", app(map[string]any{"Staffs": []any{map[string]any{
					"Name": "佐伊 Zoe", "Mail": user, "StaffNumber": "201", "SkillGroupNameList": []string{"Sales"},
				}}}))
				do("DescribeStaffInfoList", app(map[string]any{"PageSize": 10, "PageNumber": 0, "SkillGroupId": group}))
				do("UnbindStaffSkillGroupList", app(map[string]any{"StaffEmail": user, "SkillGroupList": []any{group}}))
				do("DeleteStaff", app(map[string]any{"StaffList": []string{user}}))
				do("DescribeTelCallInfo",
					map[string]any{"SdkAppIdList": []int{appID}, "StartTimeStamp": now - 3600, "EndTimeStamp": now})
				do("DescribeTelSession", app(map[string]any{"SessionId": "none"}))
				answers := c.run(t, host+":"+s.port, secretKey, calls)
				for i, a := range answers[:7] {
					require.Empty(t, a.Code, "%s: %s", calls[i].Action, a.Message)
					require.NotEmpty(t, a.Result["RequestId"])
				}
				assert.Equal(t, cloudapi.CodeRecordNotExist, answers[7].Code)
				assert.NotEmpty(t, answers[7].RequestID)

				token := answers[0].Result
				u, err := url.Parse(token["SdkURL"].(string))
				require.NoError(t, err)
				assert.Equal(t, host+":"+s.port, u.Host)
				got, err := s.auth.Check(t.Context(), strconv.Itoa(appID), u.Query().Get("token"))
				require.NoError(t, err)
				assert.Equal(t, "agent1@demo", got)
				assert.Equal(t, token["Token"], u.Query().Get("token"))

				cdrs := answers[1].Result["TelCdrs"].([]any)
				require.Len(t, cdrs, 1)
				assert.Equal(t, "订单=7&x", cdrs[0].(map[string]any)["UUI"])
				staff := answers[3].Result["StaffList"].([]any)
				require.Len(t, staff, 2)
				assert.Equal(t, "佐伊 Zoe", staff[1].(map[string]any)["Name"])
				_, err = s.dir.Agent(strconv.Itoa(appID), user)
				assert.ErrorIs(t, err, directory.ErrNoAgent)

				for _, a := range c.run(t, host+":"+s.port, "wrong", calls[:2]) {
					assert.Equal(t, cloudapi.CodeSignatureFailure, a.Code)
				}
			})
		}
	}
}
