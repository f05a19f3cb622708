// The smallest server on gorilla/websocket: the echo of its documentation, and the playground's two other applications.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

var upgrader = websocket.Upgrader{}

func echo(conn *websocket.Conn) {
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if err := conn.WriteMessage(kind, message); err != nil {
			return
		}
	}
}

func sink(conn *websocket.Conn) {
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			return
		}
	}
}

func push(conn *websocket.Conn) {
	gone := make(chan struct{})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(200 * time.Millisecond)
		defer ticker.Stop()
		message := "hello"
		for tick := 1; ; tick++ {
			if conn.WriteMessage(websocket.TextMessage, []byte(message)) != nil {
				return
			}
			select {
			case <-gone:
				return
			case <-ticker.C:
				message = fmt.Sprintf("tick %d", tick)
			}
		}
	}()
	sink(conn)
	close(gone)
	<-stopped
}

func main() {
	serve := map[string]func(*websocket.Conn){"": echo, "echo": echo, "sink": sink, "push": push}[os.Getenv("APP")]
	if serve == nil {
		log.Fatal("APP is echo, sink or push")
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // Upgrade has answered already.
		}
		defer conn.Close()
		serve(conn)
	})
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)) }()
	<-stop
}
