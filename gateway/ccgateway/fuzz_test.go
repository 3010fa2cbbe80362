package ccgateway

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{
		`{"password":"x","phonenum":"40038","status":"4","releasephone":"false","agenttype":"4"}`,
		`{"password":4711,"autoanswer":true,"autoenteridle":false,"status":5}`,
		`{"password":"x","callBackUri":"http://x","serviceToken":"y"}`,
		`{"password":null}`, `{"password":{}}`, `[]`, `null`, ``, ` `, `{"password":"\ud800"}`, `{"password":1e999}`,
		`{"password":"a","password":"b"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		form, err := parseForm(body)
		if err != nil {
			var fl *failure
			require.True(t, errors.As(err, &fl))
			require.Contains(t, []Code{CodeSignInEmpty, CodeSignInInvalid, CodeAgentType}, fl.code)
			require.Nil(t, form)
			return
		}
		require.True(t, json.Valid(body))
		require.NotEmpty(t, form.password)
		require.LessOrEqual(t, len(form.password), 128)
		require.LessOrEqual(t, len(form.phone), 24)
	})
}

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{
		"onlineagent/101", "onlineagent/101/rest/600/0", "onlineagent//101//sayfree", "agentevent/101",
		"qualitycontrol/101/forcebusy/102", "", "/", "onlineagent", "onlineagent/101/", "../../x/y",
		"onlineagent/\x00/x",
	} {
		f.Add(Prefix + seed)
	}
	f.Add("/agentgateway")
	f.Fuzz(func(t *testing.T, path string) {
		target, ok := parsePath(path)
		if !ok {
			require.Empty(t, target)
			return
		}
		require.NotEmpty(t, target.resource)
		require.NotEmpty(t, target.agentID)
		parts := append([]string{target.resource, target.agentID}, target.args...)
		if target.name != "" {
			parts = append(parts, target.name)
		} else {
			require.Empty(t, target.args)
		}
		for _, part := range parts {
			require.NotEmpty(t, part)
			require.NotContains(t, part, "/")
		}
		again, ok := parsePath(Prefix + strings.Join(append([]string{target.resource, target.agentID},
			after(target)...), "/"))
		require.True(t, ok)
		require.Equal(t, target.name, again.name)
		require.Equal(t, len(target.args), len(again.args))
		if validWorkNo(target.agentID) {
			require.Regexp(t, `^[1-9][0-9]{2,5}$`, target.agentID)
		}
	})
}

func after(t target) []string {
	if t.name == "" {
		return nil
	}
	return append([]string{t.name}, t.args...)
}
