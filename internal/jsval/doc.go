// Package jsval holds the few typed wrappers around syscall/js that the
// browser packages share: functions with an owner, listeners that return their
// remove function, promises that are waited for with a context, and calls that
// return what JavaScript throws as an error.
//
// Everything but this file is built for js only. The package looks nothing up
// when it is initialised, so that it can be linked into programs that run
// where there is no DOM.
package jsval
