module playground/hertz-websocket

go 1.24

require (
	github.com/hertz-contrib/websocket v0.1.0
	github.com/cloudwego/hertz v0.10.4
	playground v0.0.0
)

replace playground => ../base/go/playground
