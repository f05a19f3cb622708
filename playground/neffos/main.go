// The smallest server on neffos: native messages only, on its gorilla/websocket.
package main

import (
	"playground"
	"sync"

	"github.com/kataras/neffos"
	"github.com/kataras/neffos/gorilla"
)

// Not in the connection's own store: how that is read differs between the versions.
var sessions sync.Map

func of(conn *neffos.Conn) *playground.Session[neffos.MessageType] {
	session, _ := sessions.Load(conn)
	return session.(*playground.Session[neffos.MessageType])
}

func main() {
	server := neffos.New(gorilla.DefaultUpgrader, neffos.Events{
		neffos.OnNativeMessage: func(conn *neffos.NSConn, message neffos.Message) error {
			var kind neffos.MessageType = neffos.TextMessage
			if message.SetBinary {
				kind = neffos.BinaryMessage
			}
			return of(conn.Conn).Message(kind, message.Body)
		},
	})
	server.OnConnect = func(conn *neffos.Conn) error {
		sessions.Store(conn, playground.Open(func(kind neffos.MessageType, message []byte) error {
			if kind == neffos.BinaryMessage {
				return conn.Socket().WriteBinary(message, 0)
			}
			return conn.Socket().WriteText(message, 0)
		}))
		return nil
	}
	server.OnDisconnect = func(conn *neffos.Conn) {
		of(conn).Close()
		sessions.Delete(conn)
	}
	playground.HTTP(server.ServeHTTP)
}
