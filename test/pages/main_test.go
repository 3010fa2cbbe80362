// Package pages runs the SDK in pages as people have them: with libraries,
// loaders, monitors and sandboxes that change what a page is made of.
package pages

import (
	"testing"

	"tccc/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
