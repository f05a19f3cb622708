import eventlet

eventlet.monkey_patch()

import playground
from eventlet import websocket, wsgi


@websocket.WebSocketWSGI
def handle(socket):
    playground.run_blocking(iter(socket.wait, None), socket.send)


playground.stop_on_sigterm()
wsgi.server(eventlet.listen((playground.HOST, playground.PORT)), handle, log_output=False)
