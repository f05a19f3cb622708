// gobwas/ws behind net/http with a front of the application's own, dressed as $VARIANT says.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"playground"
	"strings"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

var variant = os.Getenv("VARIANT")

func html(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<html><head><title>%d</title></head><body><center><h1>%s</h1></center></body></html>", status, text)
}

func main() {
	upgrader := ws.HTTPUpgrader{}
	if variant == "subprotocol" {
		upgrader.Protocol = func(name string) bool { return name == "chat.v2" }
	}
	if variant == "custom-front" {
		upgrader.Header = http.Header{"Server": {"relay"}}
	}
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		if variant == "custom-front" {
			w.Header().Set("Server", "relay")
			if r.Method != http.MethodGet {
				w.Header().Set("Allow", "GET, OPTIONS")
				html(w, http.StatusMethodNotAllowed, "Method not allowed")
				return
			}
		}
		if variant != "any-origin" && r.URL.Path != "/relay" {
			html(w, http.StatusNotFound, "Nothing is relayed here")
			return
		}
		if variant == "custom-front" && !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
			html(w, http.StatusBadRequest, "A WebSocket is expected")
			return
		}
		if origin := r.Header.Get("Origin"); variant == "closed-origin" && origin != "" && origin != "http://127.0.0.1:"+os.Getenv("PORT") {
			html(w, http.StatusForbidden, "Forbidden origin")
			return
		}
		if variant == "token" && r.Header.Get("Authorization") != "Bearer field" {
			html(w, http.StatusUnauthorized, "Log in first")
			return
		}
		if variant == "subprotocol" && !strings.Contains(r.Header.Get("Sec-WebSocket-Protocol"), "chat.v2") {
			html(w, http.StatusBadRequest, "chat.v2 only")
			return
		}
		conn, _, _, err := upgrader.Upgrade(r, w)
		if err != nil {
			return
		}
		defer conn.Close()
		talk(conn)
	})
}

func talk(conn net.Conn) {
	switch variant {
	case "close-1008":
		ws.WriteFrame(conn, ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusPolicyViolation, "policy")))
		return
	case "custom-front":
		wsutil.WriteServerText(conn, []byte("relay open"))
	case "greeting":
		parts := make([]string, 600)
		for id := range parts {
			parts[id] = fmt.Sprintf(`{"peer":%d,"address":"peer-%d","up":%t}`, id, id, id%2 == 0)
		}
		wsutil.WriteServerText(conn, []byte(`{"peers":[`+strings.Join(parts, ",")+`]}`))
	}
	playground.Serve(
		func() (ws.OpCode, []byte, error) {
			message, kind, err := wsutil.ReadClientData(conn)
			return kind, message, err
		},
		func(kind ws.OpCode, message []byte) error { return wsutil.WriteServerMessage(conn, kind, message) },
	)
}
