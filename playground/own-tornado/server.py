"""Tornado with error pages, Origin policy and refusals of the application's own, dressed as $VARIANT says."""

import json
import os

import playground
from tornado.ioloop import IOLoop
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

VARIANT = os.environ.get("VARIANT", "")
OWN = f"http://127.0.0.1:{playground.PORT}"


class Front:
    """What all of the application's pages have."""

    def set_default_headers(self):
        if VARIANT == "custom-front":
            self.set_header("Server", "panel/0.9")

    def write_error(self, status_code, **kwargs):
        if VARIANT == "custom-front" and self.request.path == "/panel/ws":
            self.set_header("Allow", "GET")
            self.finish({"status": status_code, "reason": self._reason})
        else:
            self.set_header("Content-Type", "text/html")
            self.finish(f"<html><body><h3>{status_code} {self._reason}</h3><hr>panel</body></html>")


class NotFound(Front, RequestHandler):
    def prepare(self):
        raise HTTPError(404)


class Index(Front, RequestHandler):
    def get(self):
        self.finish("<html><title>panel</title><body>panel</body></html>")


class Socket(Front, WebSocketHandler):
    def prepare(self):
        if VARIANT == "token" and self.request.headers.get("Authorization") != "Bearer field":
            self.set_header("WWW-Authenticate", "Bearer")
            raise HTTPError(401)
        offered = [name.strip() for name in self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        if VARIANT == "subprotocol" and "chat.v2" not in offered:
            raise HTTPError(400, reason="chat.v2 is required")

    def check_origin(self, origin):
        if VARIANT == "closed-origin":
            return origin == OWN
        return VARIANT == "any-origin" or super().check_origin(origin)

    def select_subprotocol(self, subprotocols):
        return "chat.v2" if VARIANT == "subprotocol" else None

    def open(self):
        self.set_nodelay(True)
        if VARIANT == "close-1008":
            self.close(1008, "no session")
        elif VARIANT == "custom-front":
            self.write_message("panel connected")
        elif VARIANT == "greeting":
            cells = [{"cell": n, "source": f"x = {n}", "outputs": [], "metadata": {"collapsed": n % 2 == 0}} for n in range(450)]
            self.write_message(json.dumps({"cells": cells}))

    def on_message(self, message):
        self.write_message(message, binary=isinstance(message, bytes))


routes = [(r"/panel", Index), (r".*" if VARIANT == "any-origin" else r"/panel/ws", Socket)]
if VARIANT == "any-origin":
    routes.reverse()
settings = {"websocket_ping_interval": 30, "websocket_max_message_size": 1 << 20} if VARIANT == "custom-front" else {}
Application(routes, default_handler_class=NotFound, **settings).listen(playground.PORT, playground.HOST)
playground.stop_on_sigterm()
IOLoop.current().start()
