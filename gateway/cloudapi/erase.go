package cloudapi

import (
	"context"
	"errors"

	"tccc/internal/limit"
	"tccc/wire"
)

type eraseParams struct {
	SdkAppID int64  `api:"SdkAppId,required"`
	Customer string `api:"Customer,required"`
}

// eraseCustomerData removes everything about a customer. The vendor's API has
// nothing like it.
func (h *Handler) eraseCustomerData(ctx context.Context, q *request, p *eraseParams) (any, error) {
	app, err := h.app(q, p.SdkAppID)
	if err != nil {
		return nil, err
	}
	if h.opts.Eraser == nil {
		return nil, fail(CodeUnsupportedOperation, "Nothing can be erased here.")
	}
	done, err := h.opts.Eraser.Erase(ctx, app, p.Customer, q.cred.id, limit.Address(q.http.RemoteAddr))
	var known *wire.Error
	switch {
	case errors.Is(err, wire.ErrInvalidOptions):
		return nil, invalid("Customer", "it must be a telephone number or the id of a customer, of 1 to 256 bytes")
	case errors.Is(err, wire.ErrSessionState) && errors.As(err, &known):
		return nil, fail(CodeCurStateNotAllow, "%s", known.Error())
	case err != nil:
		return nil, err
	}
	return done, nil
}
