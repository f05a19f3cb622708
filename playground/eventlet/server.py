import os

# The dnspython of old versions asks for the numbers of protocols, of which a slim image has no list; no name is resolved here.
os.environ["EVENTLET_NO_GREENDNS"] = "yes"

import eventlet

eventlet.monkey_patch()

import playground
from eventlet import websocket, wsgi


@websocket.WebSocketWSGI
def handle(socket):
    playground.run_blocking(iter(socket.wait, None), socket.send)


playground.stop_on_sigterm()
wsgi.server(eventlet.listen((playground.HOST, playground.PORT)), handle, log_output=False)
