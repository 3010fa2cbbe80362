package visitor

import (
	"context"
	"encoding/json"

	"tccc/wire"
)

// maxChallenge bounds what a page brings for a challenge, in bytes.
const maxChallenge = 8 << 10

// Question is what the application's server is asked before a customer opens a
// session: whether the challenge was met, or whatever else it goes by.
type Question struct {
	SDKAppID     string           `json:"sdkAppId"`
	UserID       string           `json:"userId"`
	Address      string           `json:"address"` // IP address of the page
	Type         wire.SessionType `json:"type"`
	SkillGroupID string           `json:"skillGroupId,omitempty"`
	Challenge    string           `json:"challenge,omitempty"` // from the page, as it is
}

// challenge asks the application's server, if it has one, whether the customer
// may open a session. Without an answer nobody may: whoever keeps the server
// busy would be let in otherwise. A session that is open already is given anew
// without a question.
func (c *conn) challenge(ctx context.Context, p *wire.VisitorStartParams) error {
	conf := c.app.Visitors.Challenge
	if len(p.Challenge) > maxChallenge {
		return wire.ErrInvalidOptions.For("challenge", "challenge is longer than %d bytes", maxChallenge)
	}
	if conf.URL == "" || c.hasOpen(ctx, p.Type) {
		return nil
	}
	text, err := c.server.hooks.Ask(ctx, &conf, &Question{
		SDKAppID: c.who.App, UserID: c.who.User, Address: c.address, Type: p.Type, SkillGroupID: p.SkillGroupID,
		Challenge: p.Challenge,
	})
	if err != nil {
		c.server.Log.Warn("the challenge could not be checked", "app", c.who.App, "error", err)
		return wire.ErrOverloaded.With("the challenge could not be checked: try again")
	}
	var answer struct {
		Allow bool `json:"allow"`
	}
	if json.Unmarshal(text, &answer) != nil || !answer.Allow {
		c.server.note("challenge", c.name(), c.address, wire.ErrForbidden)
		return wire.ErrForbidden.For("challenge", "the challenge must be met first, or anew")
	}
	return nil
}

func (c *conn) hasOpen(ctx context.Context, kind wire.SessionType) bool {
	list, err := c.server.Center.Visits(ctx, c.who.App, c.who.User)
	if err != nil {
		return false
	}
	for _, s := range list {
		if s.Type == kind && s.State != wire.VisitorEnded {
			return true
		}
	}
	return false
}
