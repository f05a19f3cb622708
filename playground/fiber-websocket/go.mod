module playground/fiber-websocket

go 1.24

require (
	github.com/gofiber/contrib/websocket v1.3.4
	github.com/gofiber/fiber/v2 v2.52.6
	playground v0.0.0
)

replace playground => ../base/go/playground
