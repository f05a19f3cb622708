module playground/own-coder-websocket

go 1.24

require (
	github.com/coder/websocket v1.8.15
	playground v0.0.0
)

replace playground => ../base/go/playground
