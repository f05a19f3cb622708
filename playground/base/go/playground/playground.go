// Package playground holds what every Go server of the playground shares: its applications, its address, and how it stops.
package playground

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Kind is the type of a message, which every library numbers as the protocol does.
type Kind interface {
	~int | ~int8 | ~int32 | ~uint8 | ~uint16
}

const (
	text   = 1
	binary = 2
)

// Session is the application on one connection.
type Session[K Kind] struct {
	write func(K, []byte) error
	app   string
	gone  chan struct{}
	quiet chan struct{}
}

// Open begins the application on a connection that calls back: Message with each message, and Close once at its end. Nothing
// calls write twice at a time unless the library calls Message so.
func Open[K Kind](write func(K, []byte) error) *Session[K] {
	session := &Session[K]{write, app(), make(chan struct{}), make(chan struct{})}
	if session.app == "push" {
		go session.push()
	} else {
		close(session.quiet)
	}
	return session
}

// Message takes a message in.
func (session *Session[K]) Message(kind K, message []byte) error {
	if session.app == "echo" && (kind == text || kind == binary) {
		return session.write(kind, message)
	}
	return nil
}

// Close ends the application, and returns when it writes no more.
func (session *Session[K]) Close() {
	close(session.gone)
	<-session.quiet
}

func (session *Session[K]) push() {
	defer close(session.quiet)
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	message := "hello"
	for tick := 1; session.write(text, []byte(message)) == nil; tick++ {
		select {
		case <-session.gone:
			return
		case <-ticker.C:
			message = fmt.Sprintf("tick %d", tick)
		}
	}
}

// Serve is the application on a connection that is read from, until reading or writing fails.
func Serve[K Kind](read func() (K, []byte, error), write func(K, []byte) error) {
	session := Open(write)
	defer session.Close()
	for {
		kind, message, err := read()
		if err != nil || session.Message(kind, message) != nil {
			return
		}
	}
}

// Run is main: it serves at the playground's address until SIGTERM.
func Run(serve func(address string) error) {
	app()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() { log.Fatal(serve("127.0.0.1:" + os.Getenv("PORT"))) }()
	<-stop
	os.Exit(0)
}

// HTTP is main for a handler of net/http.
func HTTP(handler http.HandlerFunc) {
	Run(func(address string) error { return http.ListenAndServe(address, handler) })
}

// TCP is main for a handler of connections.
func TCP(handler func(net.Conn)) {
	Run(func(address string) error {
		listener, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		for {
			conn, err := listener.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer conn.Close()
				handler(conn)
			}()
		}
	})
}

func app() string {
	switch app := os.Getenv("APP"); app {
	case "":
		return "echo"
	case "echo", "sink", "push":
		return app
	default:
		log.Fatal("APP is echo, sink or push")
		return ""
	}
}
