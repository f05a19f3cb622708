from wsgiref.simple_server import make_server

import playground
from ws4py.server.wsgirefserver import WebSocketWSGIRequestHandler, WSGIServer
from ws4py.server.wsgiutils import WebSocketWSGIApplication
from ws4py.websocket import WebSocket


class Socket(WebSocket):
    def opened(self):
        self.ticker = playground.Ticker(self.send)

    def received_message(self, message):
        if playground.APP == "echo":
            self.send(message.data, message.is_binary)

    def closed(self, code, reason=None):
        self.ticker.stop()


server = make_server(
    playground.HOST,
    playground.PORT,
    server_class=WSGIServer,
    handler_class=WebSocketWSGIRequestHandler,
    app=WebSocketWSGIApplication(handler_cls=Socket),
)
server.initialize_websockets_manager()
playground.stop_on_sigterm()
server.serve_forever()
