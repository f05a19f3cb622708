import os

import playground
from tremolo import Application

app = Application()


@app.route("/")
async def handle(websocket=None, **server):
    await websocket.accept()
    await playground.run(websocket, websocket.send)


@app.on_worker_start
async def started(**worker):
    # Tremolo's own handler waits for the open connections.
    playground.stop_on_sigterm()


if __name__ == "__main__":
    app.run(playground.HOST, playground.PORT, worker_num=0, log_level="ERROR")
