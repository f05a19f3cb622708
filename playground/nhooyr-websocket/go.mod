module playground/nhooyr-websocket

go 1.24

require (
	nhooyr.io/websocket v1.8.17
	playground v0.0.0
)

replace playground => ../base/go/playground
