//go:build js

// Command bare is the smallest Go program that a browser can run: the floor
// that the SDK's start is compared with.
package main

import "syscall/js"

func main() {
	js.Global().Call("bareReady")
	select {}
}
