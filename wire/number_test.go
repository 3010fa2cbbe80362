package wire

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumbersAsPeoplePasteThem(t *testing.T) {
	for text, want := range map[string]string{
		"10086":                               "10086",
		"13800138000\n":                       "13800138000",
		"\r\n 138 0013 8000 \t":               "13800138000",
		"\u202d13800138000\u202c":             "13800138000",
		"\ufeff138\u200b0013\u200d8000\u2060": "13800138000",
		"138\u00a00013\u202f8000\u3000":       "13800138000",
		"１３８００１３８０００":                         "13800138000",
		"＋８６（０７５５）８３７６－５５６６": "+8675583765566",
		"0755–8376—5566":        "075583765566",
		"0755‐8376‑5566":        "075583765566",
		"0755−8376ー5566":        "075583765566",
		"٠١٢٣٤٥٦٧٨٩":            "0123456789",
		"۰۲۱۸۸۷۷۶۶۵۵":           "02188776655",
		"१२३४५६":                "123456",
		"𝟏𝟎𝟎𝟖𝟔":                 "10086",
		"+86 138 0013 8000":     "+8613800138000",
		"(+86)138-0013-8000":    "+8613800138000",
		"0086-10-1234-5678":     "00861012345678",
		"010-12345678":          "01012345678",
		"(010)12345678":         "01012345678",
		"010 1234 5678":         "01012345678",
		"400-100-0001":          "4001000001",
		"1-800-555-0199":        "18005550199",
		"+1 (415) 555-2671":     "+14155552671",
		"020.7946.0958":         "02079460958",
		"030/1234567":           "0301234567",
		"+44 (0)20 7946 0958":   "+442079460958",
		"+49 (0) 30 123456":     "+4930123456",
		"tel:10086":             "10086",
		"TEL:+86-755-8376-5566": "+8675583765566",
		"Tel: 0755-83765566":    "075583765566",
		"Ｔｅｌ：０７５５－８３７６５５６６":                        "075583765566",
		"tel:%2B8613800138000":                     "+8613800138000",
		"tel:+1-201-555-0123;phone-context=a.test": "+12015550123",
		"tel:+86-10-12345678;ext=801":              "+861012345678;ext=801",
		"tel:83765566;EXT=8-01;x-y":                "83765566;ext=801",
		"010-12345678 ext. 801":                    "01012345678;ext=801",
		"010-12345678 Ext801":                      "01012345678;ext=801",
		"010-12345678x801":                         "01012345678;ext=801",
		"010-12345678, extension 801":              "01012345678;ext=801",
		"010-12345678转801":                         "01012345678;ext=801",
		"010-12345678（分机：801）":                     "01012345678;ext=801",
		"*67":                                      "*67",
		"*21*13800138000#":                         "*21*13800138000#",
		"#31#10086":                                "#31#10086",
		"10086#":                                   "10086#",
		"12345678901234567890123456789012":         "12345678901234567890123456789012",
	} {
		n, err := ParseNumber(text)
		if assert.NoError(t, err, "%q", text) {
			assert.Equal(t, want, n.String(), "%q", text)
		}
	}
}

func TestNumbersThatWouldBeDialledWrong(t *testing.T) {
	for text, reason := range map[string]string{
		"138****8000":             "masked",
		"138 **** 8000":           "masked",
		"138*8000":                "masked",
		"１３８＊＊＊＊８０００":             "masked",
		"138xxxx8000":             "masked",
		"138xxxx":                 "masked",
		"138XXXX8000":             "masked",
		"138x8000":                "masked",
		"138####8000":             "masked",
		"138____8000":             "masked",
		"138●●●●8000":             "masked",
		"138××××8000":             "masked",
		"138...8000":              "left out",
		"010-…-801":               "left out",
		"010-12345678-801":        "extension",
		"0755－83765566－1":         "extension",
		"+86-10-12345678-801":     "extension",
		"400-100-0001-2":          "extension",
		"138-0013-8000-12":        "extension",
		"83765566-801":            "extension",
		"+1-415-555-2671-22":      "extension",
		"010-12345678#801":        "extension",
		"13800138000,13900139000": "more than one number",
		"13800138000、13900139000": "more than one number",
		"13800138000;13900139000": "more than one number",
		"13800138000/13900139000": "more than one number",
		"13800138000 13900139000": "more than one number",
		"13800138000+13900139000": "more than one number",
		"5551234 5551235":         "more than one number",
		"10086\n10010":            "more than one line",
		"13800138000\t李先生":        "more than one line",
		"":                        "fewer than 3",
		" \u202d\u202c ":          "fewer than 3",
		"12":                      "fewer than 3",
		"+":                       "fewer than 3",
		"***":                     "no digit",
		"+*67":                    "plus sign",
		"1380013800O":             "'O' cannot be dialled",
		"call me":                 "'c' cannot be dialled",
		"0x7f000001":              "masked",
		"1e11":                    "'e' cannot be dialled",
		"tel:10086;isub=1":        "isub",
		"010-12345678 ext. abc":   "cannot be dialled",
		"010-12345678;ext=":       "extension is not a row",
		"010-12345678;ext=80a1":   "extension is not a row",
		strings.Repeat("1", 33):   "more than 32",
		strings.Repeat("1", 300):  "more than 256 bytes",
		"<b>10086</b>":            "'<' cannot be dialled",
		"138\xff0013":             "cannot be dialled",
	} {
		n, err := ParseNumber(text)
		if assert.ErrorIs(t, err, ErrNumberInvalid, "%q gave %q", text, n) {
			assert.Contains(t, AsError(err).Detail, reason, "%q", text)
			assert.Equal(t, "phoneNumber", AsError(err).Field)
		}
	}
}

var plainNumber = regexp.MustCompile(`^(\+?[0-9]{3,32}#?|[*#][0-9*#]{2,31})(;ext=[0-9*#]{1,32})?$`)

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{
		"10086", "+86 138-0013-8000", "tel:+86-10-12345678;ext=801;phone-context=+86", "138****8000",
		"010-12345678转801", "\u202d１００８６\u202c", "+44 (0)20 7946 0958", "*21*1#", "1\n2", "Tel. %2B%", "٠١٢٣", "x1",
		";ext=1", "12345x;ext=2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := ParseNumber(text)
		if err != nil {
			require.ErrorIs(t, err, ErrNumberInvalid)
			require.Less(t, len(AsError(err).Detail), 200)
			return
		}
		require.Regexp(t, plainNumber, n.String())
		again, err := ParseNumber(n.String())
		require.NoError(t, err, "%q from %q", n, text)
		require.Equal(t, n, again)
	})
}
