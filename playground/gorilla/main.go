// The smallest server on gorilla/websocket.
package main

import (
	"net/http"
	"os"
	"playground"
	"reflect"
	"slices"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{}

func main() {
	setting := os.Getenv("SETTING")
	switch setting {
	case "compression":
		// By its name, because v1.0.0 has no such field.
		reflect.ValueOf(&upgrader).Elem().FieldByName("EnableCompression").SetBool(true)
	case "subprotocol":
		upgrader.Subprotocols = []string{"chat"}
	}
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		// Upgrade would serve a client that offers none of its subprotocols.
		if setting == "subprotocol" && isRefused(r) {
			http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered already.
		}
		defer conn.Close()
		if setting == "payload-limit" {
			conn.SetReadLimit(4096)
		}
		playground.Serve(conn.ReadMessage, conn.WriteMessage)
	})
}

// isRefused leaves to Upgrade what is no handshake.
func isRefused(r *http.Request) bool {
	return websocket.IsWebSocketUpgrade(r) && !slices.Contains(websocket.Subprotocols(r), "chat")
}
