package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReadTargets(t *testing.T) {
	out := "ok  \ttccc/agent/agenttest\t0.01s\nFuzzFrames\nok  \ttccc/agent\t0.1s\n?   \ttccc/web\t[no test files]\nFuzzA\nFuzzB\nok  \ttccc/wire\t0.2s\n"
	assert.Equal(t, []fuzzTarget{{"tccc/agent", "FuzzFrames"}, {"tccc/wire", "FuzzA"}, {"tccc/wire", "FuzzB"}},
		readTargets(out))
}
