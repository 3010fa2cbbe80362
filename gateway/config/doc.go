// Package config reads the gateway's configuration: a YAML file with strict
// keys, every key of which can also be set by an environment variable. An
// error names the line and the key, and says what is allowed.
//
// The structs below are the only list of keys: the names of the environment
// variables, the defaults and the test of the documentation are derived from
// their tags by reflection.
//
//	yaml     the name of the key
//	default  the value of a key that is left out
//	min, max the range of a number or a duration, inclusive
//	oneof    the words that are allowed, separated by spaces
//	fold     capitals and small letters of those words are the same
//	required the key must not be empty
package config
