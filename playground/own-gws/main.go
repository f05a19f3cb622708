// lxzan/gws behind net/http with a front of the application's own, dressed as $VARIANT says.
package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"

	"playground"

	"github.com/lxzan/gws"
)

var variant = os.Getenv("VARIANT")

type handler struct{ gws.BuiltinEventHandler }

func (handler) OnOpen(socket *gws.Conn) {
	switch variant {
	case "close-1008":
		socket.WriteClose(1008, []byte("go away"))
	case "custom-front":
		socket.WriteString(`{"op":"hello","d":{"heartbeat_interval":41250}}`)
	case "greeting":
		var text bytes.Buffer
		text.WriteString(`{"op":"state","d":[`)
		for id := range 500 {
			if id > 0 {
				text.WriteByte(',')
			}
			fmt.Fprintf(&text, `{"id":"%d","name":"channel-%d","topic":"all about %d"}`, id*1000, id, id)
		}
		text.WriteString("]}")
		socket.WriteMessage(gws.OpcodeText, text.Bytes())
	}
}

func (handler) OnPing(socket *gws.Conn, payload []byte) { socket.WritePong(payload) }

func (handler) OnMessage(socket *gws.Conn, message *gws.Message) {
	defer message.Close()
	socket.WriteMessage(message.Opcode, message.Bytes())
}

func options() *gws.ServerOption {
	options := &gws.ServerOption{ParallelEnabled: true, Recovery: gws.Recovery}
	switch variant {
	case "custom-front":
		options.ResponseHeader = http.Header{"Server": {"gate"}, "X-Gate": {"1"}}
	case "closed-origin":
		options.Authorize = func(r *http.Request, session gws.SessionStorage) bool {
			origin := r.Header.Get("Origin")
			return origin == "" || origin == "http://127.0.0.1:"+os.Getenv("PORT")
		}
	case "any-origin":
		options.PermessageDeflate = gws.PermessageDeflate{Enabled: true}
	case "subprotocol":
		options.SubProtocols = []string{"chat.v2"}
	}
	return options
}

func main() {
	upgrader := gws.NewUpgrader(handler{}, options())
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		if variant == "custom-front" {
			w.Header().Set("Server", "gate")
		}
		if variant != "any-origin" && r.URL.Path != "/gateway" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message":"404: Not Found","code":0}`)
			return
		}
		if variant == "custom-front" && !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			w.Header().Set("Allow", "GET")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUpgradeRequired)
			fmt.Fprint(w, `{"message":"Upgrade Required","code":50109}`)
			return
		}
		if variant == "token" && r.Header.Get("Authorization") != "Bearer field" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"message":"401: Unauthorized","code":0}`)
			return
		}
		socket, err := upgrader.Upgrade(w, r)
		if err != nil {
			return
		}
		socket.ReadLoop()
	})
}
