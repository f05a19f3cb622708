// The smallest server on coder/websocket.
package main

import (
	"net/http"
	"os"
	"playground"

	"github.com/coder/websocket"
)

func main() {
	setting := os.Getenv("SETTING")
	var options *websocket.AcceptOptions
	if setting == "compression" {
		options = &websocket.AcceptOptions{CompressionMode: websocket.CompressionContextTakeover}
	}
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, options)
		if err != nil {
			return // Accept has answered already.
		}
		defer conn.CloseNow()
		if setting == "payload-limit" {
			conn.SetReadLimit(4096)
		}
		playground.Serve(
			func() (websocket.MessageType, []byte, error) { return conn.Read(r.Context()) },
			func(kind websocket.MessageType, message []byte) error { return conn.Write(r.Context(), kind, message) },
		)
	})
}
