// Package record writes conversations to files of two channels, the customer
// left and the agent right: WAV (mu-law, 8 kHz) or Ogg Opus.
//
// A [Recording] takes frames from the legs' own goroutines, which it never
// holds up: they go into two rings of four seconds. One goroutine a recording
// empties them and writes. What comes too late, or while the disk stands
// still, is silence in the file; the time line is that of the wall clock.
//
// A file under way has the extension .part and gets its name when it is
// complete and synced. What a killed process left is completed at the next
// start.
package record
