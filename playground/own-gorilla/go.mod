module playground/own-gorilla

go 1.24

require (
	github.com/gorilla/websocket v1.5.3
	playground v0.0.0
)

replace playground => ../base/go/playground
