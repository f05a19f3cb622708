// The smallest server on gev: its WebSocket protocol on its event loops.
package main

import (
	"playground"

	"github.com/Allenxuxu/gev"
	"github.com/Allenxuxu/gev/plugins/websocket"
	"github.com/Allenxuxu/gev/plugins/websocket/ws"
	"github.com/Allenxuxu/gev/plugins/websocket/ws/util"
)

const key = "session"

// handler gives the library's own the kind of each message, which that leaves out.
type handler struct{ *websocket.HandlerWrap }

func (h handler) OnMessage(conn *gev.Connection, ctx any, payload []byte) any {
	header, upgraded := ctx.(*ws.Header)
	if upgraded && !header.OpCode.IsControl() {
		if session, ok := conn.Get(key); ok {
			session.(*playground.Session[ws.OpCode]).Message(header.OpCode, payload)
		}
		return nil
	}
	answer := h.HandlerWrap.OnMessage(conn, ctx, payload)
	if _, begun := conn.Get(key); !upgraded && len(payload) > 0 && !begun {
		conn.Set(key, playground.Open(func(kind ws.OpCode, message []byte) error {
			frame, err := util.PackData(ws.MessageType(kind), message)
			if err == nil {
				err = conn.Send(frame)
			}
			return err
		}))
	}
	return answer
}

type nothing struct{}

func (nothing) OnConnect(*gev.Connection)                                  {}
func (nothing) OnMessage(*gev.Connection, []byte) (ws.MessageType, []byte) { return 0, nil }
func (nothing) OnClose(conn *gev.Connection) {
	if session, ok := conn.Get(key); ok {
		session.(*playground.Session[ws.OpCode]).Close()
	}
}

func main() {
	upgrader := &ws.Upgrader{}
	playground.Run(func(address string) error {
		server, err := gev.NewServer(
			handler{websocket.NewHandlerWrap(upgrader, nothing{})},
			gev.Address(address),
			gev.CustomProtocol(websocket.New(upgrader)),
		)
		if err == nil {
			server.Start()
		}
		return err
	})
}
