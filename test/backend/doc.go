// Package backend tests what a company's servers see of the gateway, end to
// end: pushes, recordings, the operators' commands and pages.
package backend
