package config

import (
	"fmt"
	"strconv"
	"strings"
)

// PortRange is a range of UDP ports, both ends included. The zero range leaves
// the choice to the system.
type PortRange struct{ Min, Max uint16 }

// ParsePortRange reads "20000-29999" or "0".
func ParsePortRange(text string) (PortRange, error) {
	if text == "0" {
		return PortRange{}, nil
	}
	from, to, found := strings.Cut(text, "-")
	low, err1 := strconv.ParseUint(strings.TrimSpace(from), 10, 16)
	high, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 16)
	if !found || err1 != nil || err2 != nil || low == 0 || high < low {
		return PortRange{}, fmt.Errorf("must be FROM-TO with ports from 1 to 65535, or 0 to let the system choose")
	}
	return PortRange{uint16(low), uint16(high)}, nil
}

// String gives the range as it is written in the file.
func (p PortRange) String() string {
	if p == (PortRange{}) {
		return "0"
	}
	return fmt.Sprintf("%d-%d", p.Min, p.Max)
}
