// The smallest server on Melody.
package main

import (
	"net/http"
	"playground"

	"github.com/olahol/melody"
)

const (
	key    = "session"
	text   = 1
	binary = 2
)

func of(session *melody.Session) *playground.Session[int] {
	value, _ := session.Get(key)
	return value.(*playground.Session[int])
}

func main() {
	server := melody.New()
	server.HandleConnect(func(session *melody.Session) {
		session.Set(key, playground.Open(func(kind int, message []byte) error {
			if kind == binary {
				return session.WriteBinary(message)
			}
			return session.Write(message)
		}))
	})
	server.HandleMessage(func(session *melody.Session, message []byte) { of(session).Message(text, message) })
	server.HandleMessageBinary(func(session *melody.Session, message []byte) { of(session).Message(binary, message) })
	server.HandleDisconnect(func(session *melody.Session) { of(session).Close() })
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) { server.HandleRequest(w, r) })
}
