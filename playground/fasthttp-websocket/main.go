// The smallest server on fasthttp/websocket.
package main

import (
	"playground"

	"github.com/fasthttp/websocket"
	"github.com/valyala/fasthttp"
)

var upgrader = websocket.FastHTTPUpgrader{}

func main() {
	playground.Run(func(address string) error {
		return fasthttp.ListenAndServe(address, func(ctx *fasthttp.RequestCtx) {
			// Upgrade answers where it fails.
			upgrader.Upgrade(ctx, func(conn *websocket.Conn) {
				defer conn.Close()
				playground.Serve(conn.ReadMessage, conn.WriteMessage)
			})
		})
	})
}
