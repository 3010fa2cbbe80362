//go:build !js

package main

func main() { panic("the gallery runs in a browser: see ui/gallery/shoot") }
