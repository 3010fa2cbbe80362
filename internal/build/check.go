package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
)

const wasmExec = "web/wasm_exec.js"

// runCheck fails if web/wasm_exec.js is not the file of the compiler in use:
// the two must match, or the program does not start.
func runCheck(ctx context.Context, _ []string) error {
	goroot, err := output(ctx, nil, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	want, err := os.ReadFile(filepath.Join(goroot, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("failed to read the compiler's wasm_exec.js: %w", err)
	}
	have, err := os.ReadFile(wasmExec)
	if err != nil {
		return fmt.Errorf("failed to read the project's wasm_exec.js: %w", err)
	}
	if !bytes.Equal(want, have) {
		return fmt.Errorf("%s is not that of this compiler; copy it: cp \"$(go env GOROOT)/lib/wasm/wasm_exec.js\" %[1]s", wasmExec)
	}
	return nil
}
