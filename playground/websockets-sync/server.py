import playground
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve


def handle(socket):
    try:
        playground.run_blocking(socket, socket.send)
    except ConnectionClosed:
        pass


playground.stop_on_sigterm()
with serve(handle, playground.HOST, playground.PORT) as server:
    server.serve_forever()
