module playground/x-net-websocket

go 1.24

require (
	golang.org/x/net v0.50.0
	playground v0.0.0
)

replace playground => ../base/go/playground
