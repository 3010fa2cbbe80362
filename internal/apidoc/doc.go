// Package apidoc writes the pages of docs/api: every method with its options,
// its result and its errors, every event with its payload, every error with its
// cause and remedy, in English and in Chinese.
//
// The source is web/tccc.d.ts with its comments, and the catalogue of errors of
// package wire. This package adds the Chinese texts, English texts for members
// whose name is used in many places, and which errors belong to which method.
// Whatever lacks a text in either language is an error, and so is a text that
// belongs to nothing.
package apidoc
