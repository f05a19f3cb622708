import playground
from circuits import Component, Timer, handler
from circuits.core.events import Event
from circuits.net.events import write
from circuits.web import Server
from circuits.web.dispatchers import WebSocketsDispatcher


class tick(Event):
    """A tick of one connection."""


class Application(Component):
    channel = "wsserver"

    def init(self):
        self.timers = {}

    def connect(self, sock, *peer):
        if playground.APP == "push":
            self.fire(write(sock, "hello"))
            self.timers[sock] = [Timer(0.2, tick(sock), self.channel, persist=True).register(self), 0]

    def disconnect(self, sock):
        if sock in self.timers:
            self.timers.pop(sock)[0].unregister()

    def read(self, sock, data):
        if playground.APP == "echo":
            self.fire(write(sock, data))

    @handler("tick")
    def on_tick(self, sock):
        if sock in self.timers:
            self.timers[sock][1] += 1
            self.fire(write(sock, f"tick {self.timers[sock][1]}"))


class Stop(Component):
    # In its place circuits would wait three seconds.
    @handler("started", channel="*")
    def on_started(self, *_):
        playground.stop_on_sigterm()


server = Server((playground.HOST, playground.PORT), display_banner=False)
Application().register(server)
WebSocketsDispatcher("/").register(server)
Stop().register(server)
server.run()
