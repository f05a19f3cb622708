import os

import playground
from sanic import Sanic

app = Sanic("playground")


@app.websocket("/")
async def handle(request, socket):
    await playground.run(socket, socket.send)


@app.after_server_start
async def stop(app, loop):
    import signal

    loop.add_signal_handler(signal.SIGTERM, os._exit, 0)


if __name__ == "__main__":
    app.run(playground.HOST, playground.PORT, single_process=True, motd=False, access_log=False)
