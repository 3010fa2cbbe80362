// Package edge is the entrance of the HTTP listener: it finds out which address
// a request is from, also behind reverse proxies, gives every address a share
// of connections and requests, and gives up on clients that send or read drop
// by drop. What a request may do is the affair of the doors behind it.
package edge
