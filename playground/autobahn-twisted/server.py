import playground
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import reactor


class Socket(WebSocketServerProtocol):
    timer = None

    def onOpen(self):
        if playground.APP == "push":
            self.tick = 0
            self.sendMessage(b"hello")
            self.timer = reactor.callLater(0.2, self.send_tick)

    def send_tick(self):
        self.tick += 1
        self.sendMessage(f"tick {self.tick}".encode())
        self.timer = reactor.callLater(0.2, self.send_tick)

    def onMessage(self, payload, isBinary):
        if playground.APP == "echo":
            self.sendMessage(payload, isBinary)

    def onClose(self, wasClean, code, reason):
        if self.timer:
            self.timer.cancel()


factory = WebSocketServerFactory(f"ws://{playground.HOST}:{playground.PORT}")
factory.protocol = Socket
reactor.listenTCP(playground.PORT, factory, interface=playground.HOST)
playground.stop_on_sigterm()
# Twisted's own handler would wait for the open connections.
reactor.run(installSignalHandlers=False)
