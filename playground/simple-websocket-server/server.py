import playground
from simple_websocket_server import WebSocket, WebSocketServer


class Socket(WebSocket):
    def connected(self):
        self.ticker = playground.Ticker(self.send_message)

    def handle(self):
        if playground.APP == "echo":
            self.send_message(self.data)

    def handle_close(self):
        self.ticker.stop()


playground.stop_on_sigterm()
WebSocketServer(playground.HOST, playground.PORT, Socket).serve_forever()
