package session

// Customer is who has come from a web page or an app of the company: to a
// chat, an audio or a video session.
type Customer struct {
	UserID      string `json:"userId"` // unique in the application
	Nickname    string `json:"nickname,omitempty"`
	Avatar      string `json:"avatar,omitempty"` // address of an image
	Remark      string `json:"remark,omitempty"`
	PeerSource  string `json:"peerSource,omitempty"`  // where the customer came from
	ChannelName string `json:"channelName,omitempty"` // free text of the page, as the next
	ClientData  string `json:"clientData,omitempty"`
}

// Name is what agents call the customer.
func (c *Customer) Name() string {
	if c.Nickname != "" {
		return c.Nickname
	}
	return c.UserID
}
