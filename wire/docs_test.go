package wire

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const errorsPage = "../docs/errors.md"

// The page of errors is made from the catalogue: UPDATE=1 go test ./wire
func TestErrorsPage(t *testing.T) {
	var page strings.Builder
	page.WriteString("# Errors\n\nEvery rejection of the SDK, every error of its socket and every `tccc.events.error` is an entry of one catalogue. Numbers and names are permanent.\n" +
		"A rejection is an `Error` with `status: 'error'`, `errorMsg`, `code`, `name`, `cause`, `remedy`, `recoverable` and, where one option is wrong, `field`.\n" +
		"*Again* says whether the same call may succeed later.\n\n| code | name | what happened | why | what to do | again |\n|---|---|---|---|---|---|\n")
	for _, e := range Catalogue() {
		again := "no"
		if e.Recoverable {
			again = "yes"
		}
		fmt.Fprintf(&page, "| %d | `%s` | %s | %s | %s | %s |\n", e.Code, e.Name, e.Message, e.Cause, e.Remedy, again)
	}
	if os.Getenv("UPDATE") != "" {
		require.NoError(t, os.WriteFile(errorsPage, []byte(page.String()), 0o644))
	}
	got, err := os.ReadFile(errorsPage)
	require.NoError(t, err)
	assert.Equal(t, page.String(), string(got), "run UPDATE=1 go test ./wire")
}
