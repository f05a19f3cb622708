// gorilla/websocket on net/http with a mux of the application's own, dressed as $VARIANT says.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"playground"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

var variant = os.Getenv("VARIANT")

func problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail})
}

func upgrader() *websocket.Upgrader {
	upgrader := &websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}
	switch variant {
	case "custom-front":
		upgrader.Error = func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			problem(w, status, reason.Error())
		}
	case "closed-origin":
		upgrader.CheckOrigin = func(r *http.Request) bool {
			origin := r.Header.Get("Origin")
			return origin == "" || origin == "http://127.0.0.1:"+os.Getenv("PORT")
		}
		upgrader.Error = func(w http.ResponseWriter, r *http.Request, status int, reason error) {
			http.Error(w, fmt.Sprintf("cannot upgrade: %v", reason), status)
		}
	case "any-origin":
		upgrader.CheckOrigin = func(*http.Request) bool { return true }
		upgrader.EnableCompression = true
	case "subprotocol":
		upgrader.Subprotocols = []string{"chat.v2"}
	}
	return upgrader
}

func main() {
	upgrader := upgrader()
	live := func(w http.ResponseWriter, r *http.Request) {
		if variant == "token" && r.Header.Get("Authorization") != "Bearer field" {
			w.Header().Set("WWW-Authenticate", `Bearer realm="api"`)
			problem(w, http.StatusUnauthorized, "a token is required")
			return
		}
		if variant == "subprotocol" && !slices.Contains(websocket.Subprotocols(r), "chat.v2") {
			problem(w, http.StatusBadRequest, "offer the subprotocol chat.v2")
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		talk(conn)
	}
	mux := http.NewServeMux()
	if variant == "any-origin" {
		mux.HandleFunc("/", live)
	} else {
		mux.HandleFunc("/api/live", live)
		mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, "<!doctype html><title>Not found</title><h1>Not found</h1><p>The page is gone.</p>")
		})
	}
	playground.HTTP(func(w http.ResponseWriter, r *http.Request) {
		if variant == "custom-front" {
			w.Header().Set("Server", "livefeed/2.0")
			if r.Method != http.MethodGet {
				w.Header().Set("Allow", http.MethodGet)
				problem(w, http.StatusMethodNotAllowed, "GET alone")
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

func talk(conn *websocket.Conn) {
	switch variant {
	case "close-1008":
		message := websocket.FormatCloseMessage(websocket.ClosePolicyViolation, "not logged in")
		conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second))
		return
	case "custom-front":
		conn.SetReadLimit(1 << 20)
		conn.WriteMessage(websocket.TextMessage, []byte("connected to livefeed"))
	case "greeting":
		var rows []map[string]any
		for id := range 500 {
			rows = append(rows, map[string]any{"id": id, "symbol": fmt.Sprintf("SYM%03d", id), "bid": float64(id) / 3, "ask": float64(id) / 2})
		}
		conn.WriteJSON(map[string]any{"type": "snapshot", "rows": rows})
	}
	playground.Serve(conn.ReadMessage, conn.WriteMessage)
}
