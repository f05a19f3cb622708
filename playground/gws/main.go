// The smallest server on lxzan/gws behind net/http.
package main

import (
	"net/http"
	"os"
	"playground"
	"reflect"

	"github.com/lxzan/gws"
)

const session = "session"

type handler struct{ gws.BuiltinEventHandler }

func (handler) OnOpen(socket *gws.Conn) {
	socket.Session().Store(session, playground.Open(socket.WriteMessage))
}

func (handler) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	of(socket).Message(message.Opcode, message.Bytes())
}

func (handler) OnClose(socket *gws.Conn, err error) { of(socket).Close() }

func of(socket *gws.Conn) *playground.Session[gws.Opcode] {
	value, _ := socket.Session().Load(session)
	return value.(*playground.Session[gws.Opcode])
}

func main() {
	var option *gws.ServerOption
	switch os.Getenv("SETTING") {
	case "payload-limit":
		option = &gws.ServerOption{ReadMaxPayloadSize: 4096}
	case "compression":
		option = &gws.ServerOption{}
		// By its name, because v1.7.0 has no such field.
		reflect.ValueOf(option).Elem().FieldByName("PermessageDeflate").FieldByName("Enabled").SetBool(true)
	case "subprotocol":
		option = &gws.ServerOption{SubProtocols: []string{"chat"}}
	}
	upgrader := gws.NewUpgrader(handler{}, option)
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		socket, err := upgrader.Upgrade(w, r)
		if err != nil {
			return
		}
		socket.ReadLoop()
	})
}
