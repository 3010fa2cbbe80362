package numbering

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	china   = Plan{Country: "86", International: "00", National: "0", Bare: []string{"1", "400", "800"}}
	germany = Plan{Country: "49", International: "00", National: "0"}
	usa     = Plan{Country: "1", International: "011"}
)

func TestForms(t *testing.T) {
	for _, tc := range []struct {
		plan          Plan
		numbers       []string // all mean the same
		plus, digits  string
		international string
		national      string
	}{
		{china, []string{"13800138000", "+8613800138000", "8613800138000", "008613800138000"},
			"+8613800138000", "8613800138000", "008613800138000", "13800138000"},
		{china, []string{"02112345678", "+862112345678", "862112345678", "00862112345678", "+8602112345678"},
			"+862112345678", "862112345678", "00862112345678", "02112345678"},
		{china, []string{"4001000001", "+864001000001", "864001000001"}, "+864001000001", "864001000001",
			"00864001000001", "4001000001"},
		{china, []string{"0014155550100", "+14155550100"}, "+14155550100", "14155550100", "0014155550100",
			"0014155550100"},
		{germany, []string{"030123456", "+4930123456", "004930123456"}, "+4930123456", "4930123456", "004930123456",
			"030123456"},
		{usa, []string{"4155550100", "+14155550100", "01114155550100"}, "+14155550100", "14155550100", "01114155550100",
			"4155550100"},
		{usa, []string{"+442079460958", "011442079460958"}, "+442079460958", "442079460958", "011442079460958",
			"011442079460958"},
	} {
		for _, n := range tc.numbers {
			assert.Equal(t, n, tc.plan.Write(n, AsIs))
			assert.Equal(t, tc.plus, tc.plan.Write(n, Plus), n)
			assert.Equal(t, tc.digits, tc.plan.Write(n, Digits), n)
			assert.Equal(t, tc.international, tc.plan.Write(n, International), n)
			assert.Equal(t, tc.national, tc.plan.Write(n, National), n)
			assert.Contains(t, tc.plan.Forms(n), tc.plus)
			assert.Contains(t, tc.plan.Forms(n), n)
		}
	}
}

// What is no number of the plan stays as it is.
func TestNoNumbers(t *testing.T) {
	for _, n := range []string{"", "10086", "110", "+86", "alice", "*60", "1380013800012345678", "+", "86 138",
		"anonymous", "#31#13800138000"} {
		for f := AsIs; f <= National; f++ {
			assert.Equal(t, n, china.Write(n, f), f.String())
		}
	}
	none := Plan{}
	assert.Equal(t, "+8613800138000", none.Write("+8613800138000", National))
	assert.Equal(t, []string{"13800138000"}, none.Forms("13800138000"))
}

func TestParseForm(t *testing.T) {
	for f := AsIs; f <= National; f++ {
		got, err := ParseForm(f.String())
		require.NoError(t, err)
		require.Equal(t, f, got)
	}
	_, err := ParseForm("e164")
	require.Error(t, err)
}

// Writing is stable: a form of a form is that form.
func FuzzWrite(f *testing.F) {
	f.Add("13800138000")
	f.Add("+862112345678")
	f.Add("00")
	f.Fuzz(func(t *testing.T, number string) {
		for _, p := range []Plan{china, germany, usa} {
			for form := Plus; form < National; form++ {
				once := p.Write(number, form)
				if form != Digits && p.Write(once, form) != once {
					t.Fatalf("%s of %q is %q, and of that %q", form, number, once, p.Write(once, form))
				}
			}
		}
	})
}
