// Package asr has conversations recognised by a speech recogniser that speaks
// the WebSocket protocol of the Vosk server
// (https://github.com/alphacep/vosk-server): the sampling rate as JSON first,
// then 16-bit samples as binary messages, answered by
//
//	{"partial": "text"}
//	{"text": "text", "result": [{"word", "start", "end", "conf"}]}
//
// and {"eof": 1} at the end. Each voice has a socket of its own.
package asr
