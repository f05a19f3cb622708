import playground
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler


class Handler(WebSocketHandler):
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


Application([("/", Handler)]).listen(playground.PORT, playground.HOST)
playground.stop_on_sigterm()
IOLoop.current().start()
