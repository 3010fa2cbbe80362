package bridge

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"tccc/wire"
)

// maxTexts bounds the numbers of one call that are taken as texts.
const maxTexts = 256

// exact is the largest integer that JavaScript tells apart from the next one.
const exact = 1<<53 - 1

// textify writes as texts the numbers that stand where a text is meant: pages
// have telephone numbers and ids as numbers. Integers are taken exactly;
// fractions and what JavaScript has rounded already are refused.
func textify(options []byte, o any) ([]byte, error) {
	kind := reflect.TypeOf(o).Elem()
	for range maxTexts {
		var wrong *json.UnmarshalTypeError
		err := json.Unmarshal(options, reflect.New(kind).Interface())
		if !errors.As(err, &wrong) || wrong.Type.Kind() != reflect.String || !strings.HasPrefix(wrong.Value, "number") {
			return options, nil // for DecodeParams to judge
		}
		from, to, ok := numberBefore(options, int(wrong.Offset))
		if !ok {
			return options, nil
		}
		n, err := strconv.ParseInt(string(options[from:to]), 10, 64)
		if err != nil || n > exact || n < -exact {
			return nil, wire.ErrInvalidOptions.For(wrong.Field,
				"options.%s must be a string, or an integer that JavaScript holds exactly", wrong.Field)
		}
		text := append([]byte{}, options[:from]...)
		text = append(strconv.AppendQuote(text, strconv.FormatInt(n, 10)), options[to:]...)
		options = text
	}
	return options, nil
}

// numberBefore finds the number that ends where the decoder has stopped.
func numberBefore(text []byte, end int) (from, to int, ok bool) {
	inNumber := func(i int) bool {
		c := text[i]
		return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'
	}
	to = min(end, len(text))
	for to < len(text) && inNumber(to) {
		to++
	}
	for to > 0 && !inNumber(to-1) {
		to--
	}
	for from = to; from > 0 && inNumber(from-1); {
		from--
	}
	return from, to, from < to && (text[from] == '-' || text[from] >= '0' && text[from] <= '9')
}
