// The smallest server on gobwas/ws behind net/http.
package main

import (
	"net/http"
	"playground"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func main() {
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		conn, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return // UpgradeHTTP has answered already.
		}
		defer conn.Close()
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
