import playground
from SimpleWebSocketServer import SimpleWebSocketServer, WebSocket


class Socket(WebSocket):
    def handleConnected(self):
        self.ticker = playground.Ticker(self.sendMessage)

    def handleMessage(self):
        if playground.APP == "echo":
            self.sendMessage(self.data)

    def handleClose(self):
        self.ticker.stop()


playground.stop_on_sigterm()
SimpleWebSocketServer(playground.HOST, playground.PORT, Socket).serveforever()
