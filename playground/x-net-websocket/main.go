// The smallest server on golang.org/x/net/websocket.
package main

import (
	"playground"

	"golang.org/x/net/websocket"
)

type message struct {
	kind byte
	data []byte
}

// websocket.Message cannot tell text from binary.
var codec = websocket.Codec{
	Marshal: func(v any) ([]byte, byte, error) {
		message := v.(message)
		return message.data, message.kind, nil
	},
	Unmarshal: func(data []byte, kind byte, v any) error {
		*v.(*message) = message{kind, data}
		return nil
	},
}

func main() {
	playground.HTTP(websocket.Handler(func(conn *websocket.Conn) {
		playground.Serve(
			func() (byte, []byte, error) {
				var message message
				err := codec.Receive(conn, &message)
				return message.kind, message.data, err
			},
			func(kind byte, data []byte) error { return codec.Send(conn, message{kind, data}) },
		)
	}).ServeHTTP)
}
