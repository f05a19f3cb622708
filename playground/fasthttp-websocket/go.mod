module playground/fasthttp-websocket

go 1.24

require (
	github.com/fasthttp/websocket v1.5.12
	github.com/valyala/fasthttp v1.2.0
	playground v0.0.0
)

replace playground => ../base/go/playground
