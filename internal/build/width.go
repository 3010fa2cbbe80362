package main

import (
	"bytes"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	columns  = 120
	tabWidth = 4
)

// tooWide lists the lines of Go files that are wider than columns, as
// FILE:LINE. A text or an address that does not fit may stick out: it is not
// cut into pieces for the sake of the rule.
func tooWide(dirs []string) (wide []string, err error) {
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && (e.Name() == "node_modules" || e.Name() == "testdata"):
				return filepath.SkipDir
			case e.IsDir() || filepath.Ext(path) != ".go":
				return nil
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, line := range wideLines(src) {
				wide = append(wide, fmt.Sprintf("%s:%d", path, line))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return wide, nil
}

// wideLines are the numbers of the lines of a Go file that are too wide.
func wideLines(src []byte) (out []int) {
	lines := bytes.Split(src, []byte("\n"))
	long := map[int]bool{}
	for i, l := range lines {
		if width(l) > columns {
			long[i+1] = true
		}
	}
	if len(long) == 0 {
		return nil
	}
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, nil, scanner.ScanComments)
	for pos, t, text := s.Scan(); t != token.EOF; pos, t, text = s.Scan() {
		at := file.Position(pos)
		switch l := lines[min(at.Line, len(lines))-1]; {
		case t == token.STRING && strings.Contains(text, "\n"):
			for i := range strings.Count(text, "\n") + 1 {
				delete(long, at.Line+i)
			}
		case t == token.STRING || t == token.COMMENT && !strings.Contains(strings.TrimLeft(text, "/ "), " "):
			from := at.Column - 1
			to := from + len(text)
			to += len(l[to:]) - len(bytes.TrimLeft(l[to:], "(),;{} ")) // what closes around it
			if width(l[:from]) < columns && width(l[:to]) > columns {
				delete(long, at.Line)
			}
		}
	}
	for i := range lines {
		if long[i+1] {
			out = append(out, i+1)
		}
	}
	return out
}

func width(line []byte) int {
	return utf8.RuneCount(line) + (tabWidth-1)*bytes.Count(line, []byte("\t"))
}
