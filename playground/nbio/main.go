// The smallest server on nbio: its own HTTP and WebSocket on epoll.
package main

import (
	"net/http"
	"playground"

	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"
)

func of(conn *websocket.Conn) *playground.Session[websocket.MessageType] {
	return conn.Session().(*playground.Session[websocket.MessageType])
}

func main() {
	upgrader := websocket.NewUpgrader()
	upgrader.OnOpen(func(conn *websocket.Conn) { conn.SetSession(playground.Open(conn.WriteMessage)) })
	upgrader.OnMessage(func(conn *websocket.Conn, kind websocket.MessageType, message []byte) {
		of(conn).Message(kind, message)
	})
	upgrader.OnClose(func(conn *websocket.Conn, err error) { of(conn).Close() })
	playground.Run(func(address string) error {
		engine := nbhttp.NewEngine(nbhttp.Config{
			Network: "tcp",
			Addrs:   []string{address},
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				upgrader.Upgrade(w, r, nil) // Answers where it fails.
			}),
		})
		if err := engine.Start(); err != nil {
			return err
		}
		select {}
	})
}
