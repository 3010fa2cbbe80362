package demo

import "net/http"

// callParams are the parameters of every command to the phone.
type callParams struct {
	CallID string `json:"callId"`
	Digits string `json:"digits"`
	Voice  Voice  `json:"voice"`
}

type empty struct{}

func (d *doors) call(w http.ResponseWriter, r *http.Request) {
	var p struct {
		From   string `json:"from"`
		To     string `json:"to"`
		Digits string `json:"digits"`
	}
	err := decode(w, r, &p)
	var id string
	if err == nil {
		id, err = d.o.Phone.Call(r.Context(), p.From, p.To, p.Digits)
	}
	if err != nil {
		d.fail(w, err)
		return
	}
	reply(w, http.StatusOK, callParamsID{id})
}

type callParamsID struct {
	CallID string `json:"callId"`
}

// command makes the handler of a command that needs the call's id only.
func (d *doors) command(do func(*Phone, string) error) http.HandlerFunc {
	return d.with(func(p callParams) error { return do(d.o.Phone, p.CallID) })
}

func (d *doors) digits(w http.ResponseWriter, r *http.Request) {
	d.with(func(p callParams) error { return d.o.Phone.Press(p.CallID, p.Digits) })(w, r)
}

func (d *doors) voice(w http.ResponseWriter, r *http.Request) {
	d.with(func(p callParams) error { return d.o.Phone.Speak(p.CallID, p.Voice) })(w, r)
}

func (d *doors) with(do func(callParams) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var p callParams
		err := decode(w, r, &p)
		if err == nil {
			err = do(p)
		}
		if err != nil {
			d.fail(w, err)
			return
		}
		reply(w, http.StatusOK, empty{})
	}
}

func (d *doors) calls(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, d.o.Phone.Calls())
}

// numbers are those of the tenant, for suggestions of the phone page.
func (d *doors) numbers(w http.ResponseWriter, _ *http.Request) {
	type number struct {
		Number string `json:"number"`
		Name   string `json:"name"`
	}
	all := []number{}
	for _, n := range d.o.App.Numbers {
		all = append(all, number{n.Number, n.Name})
	}
	reply(w, http.StatusOK, all)
}
