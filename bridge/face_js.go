package bridge

import (
	"context"
	"syscall/js"

	"tccc/internal/jsval"
	"tccc/wire"
)

type languageOptions struct {
	Lang string `json:"lang"`
}

type mountOptions struct {
	RenderDomID string `json:"renderDomId"`
}

// faceMethods are those of the interface that can fail.
func faceMethods(face UI) map[string]method {
	check := func(o *languageOptions) error { return required("lang", o.Lang, maxID) }
	return map[string]method{
		"UI.setLanguage": define(quick, check, func(_ context.Context, o *languageOptions) (any, error) {
			return nil, face.SetLanguage(o.Lang)
		}),
		"UI.mount": define(quick, nil, func(ctx context.Context, o *mountOptions) (any, error) {
			element := objectOf(ctx)
			if o.RenderDomID != "" {
				element = js.Global().Get("document").Call("getElementById", o.RenderDomID)
				if element.IsNull() {
					return nil, wire.ErrInvalidOptions.For("renderDomId",
						"options.renderDomId: the page has no element with this id")
				}
			}
			if element.Truthy() && !jsval.Has(element, "attachShadow") {
				return nil, wire.ErrInvalidOptions.For("element", "options.element must be an element of the page")
			}
			return nil, face.Mount(element)
		}),
	}
}
