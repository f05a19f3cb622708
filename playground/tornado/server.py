import os

import playground
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import Application, HTTPError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

SETTING = os.environ.get("SETTING")
SETTINGS = {"websocket_max_message_size": 4096} if SETTING == "payload-limit" else {}


class Handler(WebSocketHandler):
    # None is the default of both.
    def get_compression_options(self):
        return {} if SETTING == "compression" else None

    def select_subprotocol(self, subprotocols):
        if SETTING != "subprotocol":
            return None
        if "chat" not in subprotocols:
            # With None the client would be served without.
            raise HTTPError(400)
        return "chat"

    def open(self):
        self.tick = 0
        self.timer = PeriodicCallback(self.send_tick, 200)
        if playground.APP == "push":
            self.write_message("hello")
            self.timer.start()

    def send_tick(self):
        self.tick += 1
        try:
            self.write_message(f"tick {self.tick}")
        except WebSocketClosedError:
            self.timer.stop()

    def on_message(self, message):
        if playground.APP == "echo":
            self.write_message(message, binary=isinstance(message, bytes))

    def on_close(self):
        self.timer.stop()


Application([("/", Handler)], **SETTINGS).listen(playground.PORT, playground.HOST)
playground.stop_on_sigterm()
IOLoop.current().start()
