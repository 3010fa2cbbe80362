package bridge

import (
	"context"
	"encoding/json"
	"syscall/js"
	"time"

	"tccc/agent"
	"tccc/internal/jsval"
	"tccc/wire"
)

// withObject is the context of a method that was given an object of the browser.
func withObject(ctx context.Context, object js.Value) context.Context {
	return context.WithValue(ctx, objectKey{}, object)
}

// objectOf is that object, undefined if there is none.
func objectOf(ctx context.Context) js.Value {
	object, _ := ctx.Value(objectKey{}).(js.Value)
	return object
}

type objectKey struct{}

// fileMethods are for browsers only.
func (b *Bridge) fileMethods(c Chats) map[string]method {
	return map[string]method{
		"Chat.sendFile": define(uploading, checkFile, func(ctx context.Context, o *fileOptions) (any, error) {
			file := objectOf(ctx)
			if !jsval.Has(file, "arrayBuffer") {
				return nil, wire.ErrInvalidOptions.For("file", "options.file must be a File or a Blob")
			}
			return SendFile(ctx, c, o.SessionID, o.Name, file)
		}),
	}
}

// SendFile uploads a File or a Blob and sends it. Without a name it has its own.
func SendFile(ctx context.Context, c Chats, sessionID, name string, file js.Value) (wire.Message, error) {
	if name == "" {
		name = jsval.Text(file, "name")
	}
	if name == "" {
		name = "file"
	}
	size := 0.0
	if v := jsval.Read(file, "size"); v.Type() == js.TypeNumber {
		size = v.Float()
	}
	return c.SendFile(ctx, agent.FileParams{
		SessionID: sessionID, Name: name, MIME: jsval.Text(file, "type"), Size: int64(size),
		Post: func(ctx context.Context, url string, progress func(float64)) (wire.File, error) {
			return post(ctx, url, file, progress)
		},
	})
}

// post sends a file with XMLHttpRequest: fetch does not tell how far it has come.
func post(ctx context.Context, url string, file js.Value, progress func(float64)) (wire.File, error) {
	request := js.Global().Get("XMLHttpRequest").New()
	request.Call("open", "POST", url)
	ended := make(chan struct{})
	remove := []func(){
		jsval.Listen(request, "loadend", func(js.Value) { close(ended) }),
		jsval.Listen(request.Get("upload"), "progress", func(event js.Value) {
			if total := event.Get("total").Float(); total > 0 {
				progress(event.Get("loaded").Float() / total)
			}
		}),
	}
	request.Call("send", file)
	var err error
	select {
	case <-ended:
	case <-ctx.Done():
		err = ctx.Err()
		request.Call("abort")
		<-ended // abort ends it at once
	}
	for _, f := range remove {
		f()
	}
	if err != nil {
		return wire.File{}, err
	}
	var answer struct {
		wire.File
		Error *wire.Error `json:"error"`
	}
	status := request.Get("status").Int()
	switch json.Unmarshal([]byte(request.Get("responseText").String()), &answer); {
	case answer.Error != nil:
		return wire.File{}, answer.Error
	case status == 0:
		return wire.File{}, unreached(ctx, url)
	case status != 200 || answer.ID == "":
		return wire.File{}, wire.ErrFileRefused.With("the gateway answered %d", status)
	}
	return answer.File, nil
}

// unreached is why a request had no answer. One that only the page may not read
// is there without CORS.
func unreached(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, unreachedTimeout)
	defer cancel()
	options := js.ValueOf(map[string]any{"method": "HEAD", "mode": "no-cors", "cache": "no-store"})
	if _, err := jsval.CallAwait(ctx, js.Global(), "fetch", url, options); err == nil {
		return wire.ErrCORS
	}
	return wire.ErrDisconnected
}

const unreachedTimeout = 2 * time.Second
