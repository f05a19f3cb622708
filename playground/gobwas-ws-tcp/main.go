// The smallest server on gobwas/ws without net/http: its own reading of the handshake.
package main

import (
	"net"
	"playground"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func main() {
	playground.TCP(func(conn net.Conn) {
		if _, err := ws.Upgrade(conn); err != nil {
			return // Upgrade has answered already.
		}
		playground.Serve(
			func() (ws.OpCode, []byte, error) {
				message, kind, err := wsutil.ReadClientData(conn)
				return kind, message, err
			},
			// In one write, so that answers to control frames come between messages and never inside one.
			func(kind ws.OpCode, message []byte) error {
				frame, err := ws.CompileFrame(ws.NewFrame(kind, true, message))
				if err == nil {
					_, err = conn.Write(frame)
				}
				return err
			},
		)
	})
}
