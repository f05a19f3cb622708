// The smallest server on coder/websocket.
package main

import (
	"net/http"
	"playground"

	"github.com/coder/websocket"
)

func main() {
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // Accept has answered already.
		}
		defer conn.CloseNow()
		playground.Serve(
			func() (websocket.MessageType, []byte, error) { return conn.Read(r.Context()) },
			func(kind websocket.MessageType, message []byte) error { return conn.Write(r.Context(), kind, message) },
		)
	})
}
