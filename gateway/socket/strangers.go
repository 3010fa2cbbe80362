package socket

import (
	"sync"

	"github.com/coder/websocket"
)

// Strangers are the sockets of a door that have not said yet who they are. They
// are bounded, so that they leave room for those that have: an address by
// AddressMost, and all together by Most. When these are there, the address that
// has the most of them loses its oldest to the next one.
type Strangers struct {
	AddressMost, Most int

	mu        sync.Mutex
	byAddress map[string][]*Conn // in the order in which they came
	all       int
}

// Enter counts a socket, unless its address has too many. The socket counts
// until leave is called, which may be done more than once.
func (s *Strangers) Enter(address string, c *Conn) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.byAddress[address]) >= s.AddressMost {
		return nil, false
	}
	if s.all >= s.Most {
		s.evict()
	}
	if s.byAddress == nil {
		s.byAddress = map[string][]*Conn{}
	}
	s.byAddress[address] = append(s.byAddress[address], c)
	s.all++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remove(address, c)
	}, true
}

func (s *Strangers) evict() {
	var most string
	for address, list := range s.byAddress {
		if len(list) > len(s.byAddress[most]) {
			most = address
		}
	}
	if list := s.byAddress[most]; len(list) > 0 {
		c := list[0]
		s.remove(most, c)
		c.Close(websocket.StatusTryAgainLater, "too many sockets that do not log in")
	}
}

func (s *Strangers) remove(address string, c *Conn) {
	list := s.byAddress[address]
	for i, one := range list {
		if one != c {
			continue
		}
		s.all--
		if len(list) == 1 {
			delete(s.byAddress, address)
		} else {
			s.byAddress[address] = append(list[:i:i], list[i+1:]...)
		}
		return
	}
}

// Len is how many there are.
func (s *Strangers) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}
