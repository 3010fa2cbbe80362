// Package tccc keeps the pinned modules in go.mod until every package that uses them has landed.
package tccc
import (
 _ "github.com/pion/webrtc/v4"
 _ "github.com/emiago/sipgo"
 _ "github.com/nats-io/nats-server/v2/server"
 _ "github.com/nats-io/nats.go/jetstream"
 _ "github.com/coder/websocket"
 _ "github.com/stretchr/testify/require"
 _ "go.uber.org/goleak"
 _ "github.com/prometheus/client_golang/prometheus/promhttp"
 _ "github.com/zaf/g711"
 _ "github.com/chromedp/chromedp"
 _ "go.yaml.in/yaml/v3"
 _ "github.com/andybalholm/brotli"
)
