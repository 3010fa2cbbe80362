package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFrameRoundTrip(t *testing.T) {
	for _, f := range []*Frame{
		{ID: 1, Method: MethodCallAccept, Params: json.RawMessage(`{"sessionId":"x"}`), Key: "k", Timeout: 100},
		{Method: NotifyEvent, Params: json.RawMessage(`{}`)},
		{ID: 7, Result: json.RawMessage(`{"ok":true}`)},
		{ID: 7, Error: ErrSessionNotFound.For("sessionId", "no %s", "x")},
	} {
		text, err := Encode(f)
		require.NoError(t, err)
		assert.Contains(t, string(text), `"jsonrpc":"2.0"`)
		got, err := Decode(text)
		require.NoError(t, err)
		assert.Equal(t, f, got)
	}
}

func TestBrokenFramesAreNamed(t *testing.T) {
	for text, want := range map[string]string{
		``:                         "end of JSON",
		`[]`:                       "cannot unmarshal",
		`null`:                     "jsonrpc",
		`{"id":1,"method":"ping"}`: "jsonrpc",
		`{"jsonrpc":"1.0","id":1,"method":"ping"}`:            "jsonrpc",
		`{"jsonrpc":"2.0"}`:                                   "neither",
		`{"jsonrpc":"2.0","id":-1,"method":"ping"}`:           "cannot unmarshal",
		`{"jsonrpc":"2.0","id":1}`:                            "either a result or an error",
		`{"jsonrpc":"2.0","id":1,"method":"m","result":{}}`:   "must not carry",
		`{"jsonrpc":"2.0","id":1,"method":"m","timeout":-5}`:  "out of range",
		`{"jsonrpc":"2.0","method":"` + long(65) + `"}`:       "out of range",
		`{"jsonrpc":"2.0","id":1,"result":{},"error":{}}`:     "either a result or an error",
		`{"jsonrpc":"2.0","id":1,"method":"m","key":` + `5}`:  "cannot unmarshal",
		`{"jsonrpc":"2.0","params":"` + long(MaxFrame) + `"}`: "the limit is",
	} {
		_, err := Decode([]byte(text))
		require.ErrorIs(t, err, ErrMessage, "%.60s", text)
		assert.ErrorContains(t, err, want, "%.60s", text)
	}
}

func long(n int) string { return strings.Repeat("x", n) }

func TestParamsNameTheWrongField(t *testing.T) {
	var p StartCallParams
	err := DecodeParams(json.RawMessage(`{"phoneNumber":10086}`), &p)
	var e *Error
	require.ErrorAs(t, err, &e)
	assert.Equal(t, ErrInvalidOptions.Code, e.Code)
	assert.Equal(t, "phoneNumber", e.Field)
	assert.Equal(t, "phoneNumber must be a string, not a number", e.Detail)

	err = DecodeParams(json.RawMessage(`{"servingNumberGroupIds":"a"}`), &p)
	require.ErrorAs(t, err, &e)
	assert.Equal(t, "servingNumberGroupIds must be an array of strings, not a string", e.Detail)

	err = DecodeParams(json.RawMessage(`"text"`), &p)
	require.ErrorAs(t, err, &e)
	assert.Contains(t, e.Detail, "options must be an object")

	assert.ErrorIs(t, DecodeParams(json.RawMessage(`{`), &p), ErrInvalidOptions)
	assert.NoError(t, DecodeParams(nil, &p))
	assert.NoError(t, DecodeParams(json.RawMessage(`null`), &p))
	assert.NoError(t, DecodeParams(json.RawMessage(`{"unknown":1}`), &p))
}

func TestCatalogueIsCompleteAndUnique(t *testing.T) {
	names := map[string]bool{}
	assert.True(t, slices.IsSortedFunc(Catalogue(), func(a, b *Error) int { return a.Code - b.Code }))
	for i, e := range Catalogue() {
		assert.True(t, i == 0 || Catalogue()[i-1].Code != e.Code, "%d is there twice", e.Code)
		assert.NotEmpty(t, e.Message, e.Name)
		assert.NotEmpty(t, e.Cause, e.Name)
		assert.NotEmpty(t, e.Remedy, e.Name)
		assert.False(t, names[e.Name], "%s is there twice", e.Name)
		assert.True(t, e.Code > 1000 && e.Code < 8000, e.Name)
		names[e.Name] = true
	}
	assert.Greater(t, len(names), 40)
	for _, name := range declared(t) {
		assert.True(t, names[name], "%s is not in the list", name)
	}
}

// declared gives the names of the entries in catalogue.go.
func declared(t *testing.T) (names []string) {
	text, err := os.ReadFile("catalogue.go")
	require.NoError(t, err)
	for _, m := range regexp.MustCompile(`&Error\{Code: \d+, Name: "(\w+)"`).FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	require.NotEmpty(t, names)
	return names
}

// Numbers are permanent: pages match on them.
func TestPermanentNumbers(t *testing.T) {
	for code, e := range map[int]*Error{
		1001: ErrInvalidOptions, 1002: ErrNotAvailableYet, 1003: ErrUnsupportedBrowser, 1004: ErrShutDown,
		1005: ErrTimeout, 2001: ErrTokenInvalid, 2002: ErrTokenExpired, 2003: ErrNotLoggedIn, 2004: ErrKickedOut,
		3001: ErrInvalidStatus, 4001: ErrSessionNotFound, 4002: ErrSessionState, 5001: ErrMicDenied, 5002: ErrNoMic,
		6001: ErrDisconnected,
		7001: ErrInternal,
	} {
		assert.Equal(t, code, e.Code, e.Name)
	}
}

func TestErrorsCompareByCode(t *testing.T) {
	err := fmt.Errorf("failed to accept: %w", ErrSessionNotFound.For("sessionId", "%q", "x"))
	assert.ErrorIs(t, err, ErrSessionNotFound)
	assert.NotErrorIs(t, err, ErrSessionState)
	assert.Equal(t, ErrSessionNotFound.Code, AsError(err).Code)
	assert.Same(t, ErrInternal, AsError(errors.New("password is hunter2")), "unknown errors do not leak their text")
	assert.Nil(t, AsError(nil))
}

func TestStatusSpellings(t *testing.T) {
	for in, want := range map[string]Status{
		"free": StatusFree, "FREE": StatusFree, "rest": StatusRest, "Arrange": StatusArrange, "arrange": StatusArrange,
		"NotReady": StatusNotReady, "notReady": StatusNotReady, "StopNotReady": StatusFree, "stopNotReady": StatusFree,
	} {
		got, err := ParseStatus(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got, in)
	}
	for _, in := range []string{"", "busy", "offline", "Busy", strings.Repeat("é", 100)} {
		_, err := ParseStatus(in)
		assert.ErrorIs(t, err, ErrInvalidStatus, in)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"call.accept","params":{"sessionId":"x"},"key":"k"}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":7,"error":{"code":4001,"name":"SessionNotFound"}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","method":"event","params":{"seq":1}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":18446744073709551615,"result":null}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		frame, err := Decode(text)
		if err != nil {
			require.ErrorIs(t, err, ErrMessage)
			return
		}
		again, err := Encode(frame)
		if errors.Is(err, ErrMessage) {
			return // escaping made it too large
		}
		require.NoError(t, err)
		second, err := Decode(again)
		require.NoError(t, err, "%s", again)
		assert.Equal(t, frame.ID, second.ID)
		assert.Equal(t, frame.Method, second.Method)
	})
}

func FuzzDecodeParams(f *testing.F) {
	f.Add([]byte(`{"phoneNumber":"10086","servingNumberGroupIds":["a"]}`))
	f.Add([]byte(`{"sessionId":{"a":[1]},"dtmfText":5}`))
	f.Add([]byte(`{"token":"t","resume":{"secret":"s","seq":-1}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, v := range []any{&StartCallParams{}, &SessionParams{}, &DigitsParams{}, &LoginParams{},
			&SetStatusParams{}, &OfferParams{}, &Event{}} {
			if err := DecodeParams(text, v); err != nil {
				require.ErrorIs(t, err, ErrInvalidOptions)
			}
		}
	})
}
