package bridge

import (
	"encoding/json"
)

type cardOptions struct {
	SessionID string `json:"sessionId"`
	Payload   *struct {
		Header string `json:"header"`
		Desc   string `json:"desc"`
		Pic    string `json:"pic"` // address of an image
		URL    string `json:"url"`
	} `json:"payload"`
}

type orderOptions struct {
	SessionID string `json:"sessionId"`
	Payload   *struct {
		Guide       string          `json:"guide"`
		Name        string          `json:"name"`
		Desc        string          `json:"desc"`
		Pic         string          `json:"pic"`
		CustomField json.RawMessage `json:"customField"` // documented as an object, sampled as an array
	} `json:"payload"`
}

func chatMethods() map[string]method {
	later := notYet(checkSession)
	return map[string]method{
		"Chat.accept":           later,
		"Chat.end":              later,
		"Chat.transfer":         notYet(checkTransfer),
		"Chat.sendCardMessage":  notYet(checkCard),
		"Chat.sendOrderMessage": notYet(checkOrder),
	}
}

func checkCard(o *cardOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if o.Payload == nil {
		return missing("payload")
	}
	p := o.Payload
	for _, f := range [][2]string{{"header", p.Header}, {"desc", p.Desc}, {"pic", p.Pic}, {"url", p.URL}} {
		if err := required("payload."+f[0], f[1], maxURL); err != nil {
			return err
		}
	}
	return nil
}

func checkOrder(o *orderOptions) error {
	if err := required("sessionId", o.SessionID, maxID); err != nil {
		return err
	}
	if o.Payload == nil {
		return missing("payload")
	}
	p := o.Payload
	for _, f := range [][2]string{{"guide", p.Guide}, {"name", p.Name}, {"desc", p.Desc}, {"pic", p.Pic}, {"customField", string(p.CustomField)}} {
		if err := optional("payload."+f[0], f[1], maxURL); err != nil {
			return err
		}
	}
	return nil
}
