// coder/websocket on net/http with a mux and middleware of the application's own, dressed as $VARIANT says.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"playground"
	"strings"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

var variant = os.Getenv("VARIANT")

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"code": code, "message": http.StatusText(status)})
}

func options() *websocket.AcceptOptions {
	switch variant {
	case "closed-origin":
		// The application has looked itself.
		return &websocket.AcceptOptions{InsecureSkipVerify: true}
	case "any-origin":
		return &websocket.AcceptOptions{OriginPatterns: []string{"*"}, CompressionMode: websocket.CompressionContextTakeover}
	case "subprotocol":
		return &websocket.AcceptOptions{Subprotocols: []string{"chat.v2"}}
	}
	return nil
}

func socket(w http.ResponseWriter, r *http.Request) {
	if variant == "custom-front" && !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		w.Header().Set("Allow", "GET")
		fail(w, http.StatusBadRequest, "not_a_websocket")
		return
	}
	if origin := r.Header.Get("Origin"); variant == "closed-origin" && origin != "" && origin != "http://127.0.0.1:"+os.Getenv("PORT") {
		fail(w, http.StatusForbidden, "origin")
		return
	}
	if variant == "token" && r.Header.Get("Authorization") != "Bearer field" {
		fail(w, http.StatusUnauthorized, "token")
		return
	}
	conn, err := websocket.Accept(w, r, options())
	if err != nil {
		return
	}
	defer conn.CloseNow()
	switch variant {
	case "subprotocol":
		// As its documentation: the connection is closed, not refused.
		if conn.Subprotocol() != "chat.v2" {
			conn.Close(websocket.StatusPolicyViolation, "client must speak the chat.v2 subprotocol")
			return
		}
	case "close-1008":
		conn.Close(websocket.StatusPolicyViolation, "session expired")
		return
	case "custom-front":
		conn.SetReadLimit(1 << 20)
		conn.Write(r.Context(), websocket.MessageText, []byte("hi there"))
	case "greeting":
		jobs := make([]map[string]any, 400)
		for id := range jobs {
			jobs[id] = map[string]any{"job": fmt.Sprintf("job-%d", id), "state": "queued", "attempts": id % 5, "queue": "default"}
		}
		wsjson.Write(r.Context(), conn, map[string]any{"jobs": jobs})
	}
	playground.Serve(
		func() (websocket.MessageType, []byte, error) { return conn.Read(r.Context()) },
		func(kind websocket.MessageType, message []byte) error { return conn.Write(r.Context(), kind, message) },
	)
}

func main() {
	mux := http.NewServeMux()
	if variant == "any-origin" {
		mux.HandleFunc("/", socket)
	} else {
		mux.HandleFunc("GET /events/ws", socket)
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { fail(w, http.StatusNotFound, "no_such_page") })
	}
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if variant == "custom-front" {
			w.Header().Set("Server", "jobs")
		}
		mux.ServeHTTP(w, r)
	})
}
