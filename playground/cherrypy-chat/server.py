"""The chat of ws4py's examples on CherryPy, with sessions, gzip and an error page of its own."""

import os

import cherrypy
from ws4py.messaging import TextMessage
from ws4py.server.cherrypyserver import WebSocketPlugin, WebSocketTool
from ws4py.websocket import WebSocket


class ChatWebSocketHandler(WebSocket):
    def received_message(self, message):
        cherrypy.engine.publish("websocket-broadcast", message)

    def closed(self, code, reason="A client left the room without a proper explanation."):
        cherrypy.engine.publish("websocket-broadcast", TextMessage(str(reason)))


class Root:
    @cherrypy.expose
    def index(self):
        return "<!doctype html><title>Chat</title><h1>Chat</h1>"

    @cherrypy.expose
    def ws(self):
        pass


def not_found(status, message, traceback, version):
    return f"<!doctype html><title>Chat</title><h1>{status}</h1>"


cherrypy.config.update(
    {
        "server.socket_host": "127.0.0.1",
        "server.socket_port": int(os.environ["PORT"]),
        "environment": "production",
        "error_page.404": not_found,
    }
)
WebSocketPlugin(cherrypy.engine).subscribe()
cherrypy.tools.websocket = WebSocketTool()
CONFIG = {
    "/": {"tools.sessions.on": True, "tools.gzip.on": True},
    "/ws": {"tools.gzip.on": False, "tools.websocket.on": True, "tools.websocket.handler_cls": ChatWebSocketHandler},
}
cherrypy.quickstart(Root(), "/", CONFIG)
