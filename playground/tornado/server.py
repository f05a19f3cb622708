import asyncio
import os
import signal

from tornado.ioloop import PeriodicCallback
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

APP = os.environ.get("APP", "echo")


class Echo(WebSocketHandler):
    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


class Sink(WebSocketHandler):
    def on_message(self, message):
        pass


class Push(Sink):
    def open(self):
        self.tick = 0
        self.write_message("hello")
        self.timer = PeriodicCallback(self.send_tick, 200)
        self.timer.start()

    def send_tick(self):
        self.tick += 1
        try:
            self.write_message(f"tick {self.tick}")
        except WebSocketClosedError:
            self.timer.stop()

    def on_close(self):
        self.timer.stop()


async def main():
    handler = {"echo": Echo, "sink": Sink, "push": Push}[APP]
    Application([("/", handler)]).listen(int(os.environ["PORT"]), "127.0.0.1")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


asyncio.run(main())
