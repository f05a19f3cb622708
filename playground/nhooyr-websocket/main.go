// The smallest server on nhooyr.io/websocket.
package main

import (
	"net/http"
	"playground"

	"nhooyr.io/websocket"
)

func main() {
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // Accept has answered already.
		}
		defer end(conn)
		playground.Serve(
			func() (websocket.MessageType, []byte, error) { return conn.Read(r.Context()) },
			func(kind websocket.MessageType, message []byte) error { return conn.Write(r.Context(), kind, message) },
		)
	})
}

// As the documentation of each version defers it: CloseNow is not in the older ones.
func end(conn *websocket.Conn) {
	if now, ok := any(conn).(interface{ CloseNow() error }); ok {
		now.CloseNow()
	} else {
		conn.Close(websocket.StatusInternalError, "")
	}
}
