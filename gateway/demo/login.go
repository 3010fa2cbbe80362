package demo

import (
	"net/http"
	"net/url"
	"strings"

	"tccc/wire"
)

// accountSuffix marks the accounts that anybody may use.
const accountSuffix = "@demo"

type loginResult struct {
	SDKURL   string `json:"sdkURL"`
	Token    string `json:"token"`
	SDKAppID string `json:"sdkAppId"`
	UserID   string `json:"userId"`
}

// login does what a back end does with the cloud API: it gets a token for an
// agent and puts it into the URL of the SDK.
func (d *doors) login(w http.ResponseWriter, r *http.Request) {
	var p struct {
		UserID string `json:"userId"`
	}
	if err := decode(w, r, &p); err != nil {
		d.fail(w, err)
		return
	}
	switch {
	case p.UserID == "":
		d.fail(w, wire.ErrInvalidOptions.For("userId", "userId is missing"))
		return
	case !strings.HasSuffix(p.UserID, accountSuffix):
		d.fail(w, wire.ErrInvalidOptions.For("userId", "accounts of the demo end in %s", accountSuffix))
		return
	case d.o.App.Agent(p.UserID) == nil:
		d.fail(w, wire.ErrCalleeUnknown.For("userId", "the demo has the accounts %s", d.accounts()))
		return
	}
	// Valid for all its ten minutes: pages of the demo load the SDK again as they like.
	token, err := d.o.Tokens.Issue(r.Context(), d.o.App.SDKAppID, p.UserID, false)
	if err != nil {
		d.fail(w, err)
		return
	}
	reply(w, http.StatusOK, loginResult{
		SDKURL: d.sdkURL(r, token.Value, p.UserID), Token: token.Value, SDKAppID: d.o.App.SDKAppID, UserID: p.UserID,
	})
}

func (d *doors) accounts() string {
	var names []string
	for _, g := range d.o.App.Agents {
		if strings.HasSuffix(g.UserID, accountSuffix) && len(names) < 10 {
			names = append(names, g.UserID)
		}
	}
	return strings.Join(names, ", ")
}

func (d *doors) sdkURL(r *http.Request, token, userID string) string {
	base := d.o.PublicURL
	if base == "" {
		u := url.URL{Scheme: "http", Host: r.Host}
		if r.TLS != nil {
			u.Scheme = "https"
		}
		base = u.String()
	}
	return base + "/sdk/tcccSdk.js?sdkAppId=" + url.QueryEscape(d.o.App.SDKAppID) +
		"&token=" + url.QueryEscape(token) + "&userid=" + url.QueryEscape(userID)
}
