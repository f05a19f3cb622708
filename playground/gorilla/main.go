// The smallest server on gorilla/websocket.
package main

import (
	"net/http"
	"playground"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{}

func main() {
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered already.
		}
		defer conn.Close()
		playground.Serve(conn.ReadMessage, conn.WriteMessage)
	})
}
