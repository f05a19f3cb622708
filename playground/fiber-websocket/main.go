// The smallest server on Fiber with its WebSocket middleware.
package main

import (
	"playground"

	"github.com/gofiber/contrib/websocket"
	"github.com/gofiber/fiber/v2"
)

func main() {
	app := fiber.New(fiber.Config{DisableStartupMessage: true})
	app.Get("/", websocket.New(func(conn *websocket.Conn) {
		playground.Serve(conn.ReadMessage, conn.WriteMessage)
	}))
	playground.Run(app.Listen)
}
