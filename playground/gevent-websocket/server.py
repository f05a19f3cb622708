from gevent import monkey

monkey.patch_all()

import os
import signal

import gevent
import playground
from geventwebsocket import Resource, WebSocketApplication, WebSocketServer


class Application(WebSocketApplication):
    def on_open(self):
        self.ticker = playground.Ticker(self.ws.send)

    def on_message(self, message):
        # None when the connection closed.
        if playground.APP == "echo" and message is not None:
            self.ws.send(message)

    def on_close(self, reason):
        self.ticker.stop()


gevent.signal_handler(signal.SIGTERM, os._exit, 0)
WebSocketServer((playground.HOST, playground.PORT), Resource([("/", Application)])).serve_forever()
