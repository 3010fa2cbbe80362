package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"tccc/internal/clip"
	"tccc/wire"
)

var (
	appID         = regexp.MustCompile(`^[0-9]{1,20}$`)
	phone         = regexp.MustCompile(`^\+?[0-9]{3,32}$`)
	prefix        = regexp.MustCompile(`^\+?[0-9]{1,32}$`)
	extensionName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)
	plainName     = regexp.MustCompile(`^[^\s/?#"<>]{1,64}$`)
)

// checkApp checks one application; trunks are the names of the SIP trunks.
func (r *report) checkApp(a *App, at string, trunks map[string]bool) {
	if a.SDKAppID != "" && !appID.MatchString(a.SDKAppID) {
		r.fail(at+".sdkAppId", "must be decimal digits, not %q", clip.Shown(a.SDKAppID, 40))
	}
	groups := map[string]bool{}
	for i, g := range a.SkillGroups {
		key := fmt.Sprintf("%s.skillGroups[%d].id", at, i)
		r.name(g.ID, key)
		r.once(groups, g.ID, key)
	}
	ivrs := map[string]bool{}
	for i, m := range a.IVRs {
		key := fmt.Sprintf("%s.ivrs[%d].id", at, i)
		r.name(m.ID, key)
		r.once(ivrs, m.ID, key)
	}
	r.checkGroups(a, at, groups)
	r.checkAgents(a, at, groups)
	r.checkNumbers(a, at, groups, ivrs, trunks)
	r.checkIVRs(a, at, groups)
	r.checkPushes(a, at)
	r.checkWebhook(&a.Visitors.Challenge, at+".visitors.challenge")
	for i, origin := range a.Visitors.Origins {
		r.origin(origin, fmt.Sprintf("%s.visitors.origins[%d]", at, i), "https://www.example.com")
	}
	if u, err := url.Parse(a.ASR.URL); a.ASR.URL != "" &&
		(err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "") {
		r.fail(at+".asr.url", "must be an address such as ws://127.0.0.1:2700")
	}
	r.checkChat(a, at+".chat", groups)
	places := map[string]bool{}
	for i, l := range a.Locations {
		key := fmt.Sprintf("%s.locations[%d].prefix", at, i)
		r.once(places, l.Prefix, key)
		if l.Prefix != "" && !prefix.MatchString(l.Prefix) {
			r.fail(key, "must be digits, which may begin with \"+\", not %q", clip.Shown(l.Prefix, 40))
		}
	}
}

func (r *report) name(text, at string) {
	if text != "" && !plainName.MatchString(text) {
		r.fail(at, "must have 1 to 64 characters without spaces and / ? # \" < >, not %q", clip.Shown(text, 40))
	}
}

// number reads a telephone number as people write it.
func (r *report) number(text *string, at string) {
	if *text == "" {
		return
	}
	n, err := wire.ParseNumber(*text)
	switch {
	case err != nil:
		r.fail(at, "must be a telephone number, not %q: %s", clip.Shown(*text, 40), wire.AsError(err).Detail)
	case n.Extension != "" || !phone.MatchString(n.Digits):
		r.fail(at, "must have 3 to 32 digits and may begin with \"+\", not %q", clip.Shown(*text, 40))
	default:
		*text = n.Digits
	}
}

func (r *report) checkGroups(a *App, at string, groups map[string]bool) {
	next := map[string]string{}
	for i, g := range a.SkillGroups {
		key := fmt.Sprintf("%s.skillGroups[%d]", at, i)
		r.oneOf(groups, g.Overflow, key+".overflow", "skill group")
		next[g.ID] = g.Overflow
		if len(g.Types) == 0 {
			r.fail(key+".types", "must name at least one of phone, im, voip, video")
		}
	}
	seen := map[string]int{} // the walk that came by
	for i, g := range a.SkillGroups {
		for id := g.ID; id != ""; id = next[id] {
			if walk, ok := seen[id]; ok {
				if walk == i {
					r.fail(fmt.Sprintf("%s.skillGroups[%d].overflow", at, i),
						"leads in a circle back to %q: overflow must end somewhere", clip.Shown(id, 40))
				}
				break
			}
			seen[id] = i
		}
	}
}

func (r *report) checkAgents(a *App, at string, groups map[string]bool) {
	users, staff, extensions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i, g := range a.Agents {
		key := fmt.Sprintf("%s.agents[%d]", at, i)
		r.name(g.UserID, key+".userId")
		r.once(users, g.UserID, key+".userId")
		r.once(staff, g.StaffNo, key+".staffNo")
		r.once(extensions, g.Extension, key+".extension")
		r.checkSeat(&g, key)
		r.number(&a.Agents[i].Phone, key+".phone")
		for j, id := range g.SkillGroups {
			r.oneOf(groups, id, fmt.Sprintf("%s.skillGroups[%d]", key, j), "skill group")
		}
	}
}

// checkSeat checks where an agent may talk.
func (r *report) checkSeat(g *Agent, key string) {
	if g.Extension != "" && !extensionName.MatchString(g.Extension) {
		r.fail(key+".extension", "must have 1 to 64 letters, digits and . _ -, not %q", clip.Shown(g.Extension, 40))
	}
	if g.Extension == "" && !g.ExtensionPassword.IsZero() {
		r.fail(key+".extensionPassword", "needs extension")
	}
	switch {
	case g.ServerType == wire.StaffExtensionSeat && g.ExtensionPassword.IsZero():
		r.fail(key+".serverType", "needs extension and extensionPassword")
	case g.ServerType == wire.StaffPhoneSeat && g.Phone == "":
		r.fail(key+".serverType", "needs phone")
	}
}

func (r *report) checkNumbers(a *App, at string, groups, ivrs, trunks map[string]bool) {
	for i, n := range a.Numbers {
		key := fmt.Sprintf("%s.numbers[%d]", at, i)
		r.number(&a.Numbers[i].Number, key+".number")
		r.oneOf(trunks, n.Trunk, key+".trunk", "trunk")
		r.oneOf(groups, n.SkillGroup, key+".skillGroup", "skill group")
		r.oneOf(ivrs, n.IVR, key+".ivr", "ivr")
		if n.SkillGroup != "" && n.IVR != "" && !n.Outbound {
			r.fail(key+".skillGroup", "and ivr exclude each other on a number that is not for outbound calls: remove one")
		}
	}
}

func (r *report) checkIVRs(a *App, at string, groups map[string]bool) {
	for i, m := range a.IVRs {
		path := fmt.Sprintf("%s.ivrs[%d]", at, i)
		r.oneOf(groups, m.Default, path+".default", "skill group")
		if len(m.Keys) == 0 {
			r.fail(path+".keys", "must have at least one key")
		}
		seen := map[string]bool{}
		for j, k := range m.Keys {
			key := fmt.Sprintf("%s.keys[%d]", path, j)
			r.once(seen, k.Key, key+".key")
			r.oneOf(groups, k.SkillGroup, key+".skillGroup", "skill group")
		}
	}
}

func (r *report) checkChat(a *App, at string, groups map[string]bool) {
	id := a.Chat.DefaultSkillGroup
	r.oneOf(groups, id, at+".defaultSkillGroup", "skill group")
	if g := a.Group(id); g != nil && !g.Takes(wire.TypeIM) {
		r.fail(at+".defaultSkillGroup", "takes no chats: add im to the types of %q", clip.Shown(id, 40))
	}
	for i, b := range a.Chat.Bot.Answers {
		for j, word := range b.Keywords {
			if strings.TrimSpace(word) == "" {
				r.fail(fmt.Sprintf("%s.bot.answers[%d].keywords[%d]", at, i, j), "is empty: it would fit everything")
			}
		}
		if len(b.Choices) > choicesMost {
			r.fail(fmt.Sprintf("%s.bot.answers[%d].choices", at, i), "has more than %d entries", choicesMost)
		}
	}
	r.checkWebhook(&a.Chat.Bot.Webhook, at+".bot.webhook")
}

func (r *report) checkWebhook(w *Webhook, at string) {
	u, err := url.Parse(w.URL)
	if w.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		u.Fragment != "") {
		// may hold a secret: not shown
		r.fail(at+".url", "must be https://HOST[:PORT]/PATH without a user name and a fragment")
	}
	switch {
	case w.URL != "" && w.Secret.IsZero():
		r.fail(at+".secret", "must be set")
	case w.URL == "" && !w.Secret.IsZero():
		r.fail(at+".secret", "needs url")
	}
}

// choicesMost bounds what a bot offers to press.
const choicesMost = 12

func (r *report) checkPushes(a *App, at string) {
	urls := map[string]bool{}
	for i, p := range a.Pushes {
		key := fmt.Sprintf("%s.pushes[%d]", at, i)
		r.once(urls, p.URL, key+".url")
		u, err := url.Parse(p.URL)
		if p.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" ||
			u.User != nil || u.Fragment != "") {
			// may hold a secret: not shown
			r.fail(key+".url", "must be https://HOST[:PORT]/PATH without a user name and a fragment")
		}
		if len(p.Events) == 0 {
			r.fail(key+".events", "must name at least one of cdr, session, status, message")
		}
	}
}
