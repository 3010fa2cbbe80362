package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWideLines(t *testing.T) {
	long := strings.Repeat("x", columns)
	for name, tc := range map[string]struct {
		line string
		want []int
	}{
		"fits":              {"var a = 1", nil},
		"just":              {"var " + long[:columns-8] + " = 1", nil},
		"code":              {"var " + long[:columns-7] + " = 1", []int{2}},
		"tabs":              {"\t\t\tvar " + long[:columns-19] + " = 1", []int{2}},
		"a text":            {`var a = "` + long + `"`, nil},
		"around a text":     {`f(func() { a("` + long[:columns-14] + `") })`, nil},
		"behind a text":     {`var a = "` + long[:90] + `" + "b" + "c" + "d" + "e" + "f"`, []int{2}},
		"a comment":         {"// some " + long, []int{2}},
		"an address":        {"// " + long, nil},
		"a text of lines":   {"var a = `\n" + long + long + "\n`", nil},
		"letters not bytes": {"// " + strings.Repeat("话 ", columns/2-2), nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, wideLines([]byte("package p\n"+tc.line+"\n"))) })
	}
}
