import asyncio

import playground
from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol


class Socket(WebSocketServerProtocol):
    timer = None

    def onOpen(self):
        if playground.APP == "push":
            self.tick = 0
            self.sendMessage(b"hello")
            self.timer = loop.call_later(0.2, self.send_tick)

    def send_tick(self):
        self.tick += 1
        self.sendMessage(f"tick {self.tick}".encode())
        self.timer = loop.call_later(0.2, self.send_tick)

    def onMessage(self, payload, isBinary):
        if playground.APP == "echo":
            self.sendMessage(payload, isBinary)

    def onClose(self, wasClean, code, reason):
        if self.timer:
            self.timer.cancel()


loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
factory = WebSocketServerFactory(f"ws://{playground.HOST}:{playground.PORT}", loop=loop)
factory.protocol = Socket
loop.run_until_complete(loop.create_server(factory, playground.HOST, playground.PORT))
playground.stop_on_sigterm()
loop.run_forever()
