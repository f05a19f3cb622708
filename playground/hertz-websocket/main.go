// The smallest server on Hertz with its WebSocket extension.
package main

import (
	"context"
	"playground"

	"github.com/cloudwego/hertz/pkg/app"
	"github.com/cloudwego/hertz/pkg/app/server"
	"github.com/hertz-contrib/websocket"
)

var upgrader = websocket.HertzUpgrader{}

func main() {
	playground.Run(func(address string) error {
		hertz := server.New(server.WithHostPorts(address))
		hertz.NoHijackConnPool = true // As the extension's documentation asks.
		hertz.GET("/", func(_ context.Context, ctx *app.RequestContext) {
			// Upgrade answers where it fails.
			upgrader.Upgrade(ctx, func(conn *websocket.Conn) {
				playground.Serve(conn.ReadMessage, conn.WriteMessage)
			})
		})
		return hertz.Run()
	})
}
