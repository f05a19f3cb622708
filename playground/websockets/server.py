import asyncio
import os

import playground
import websockets

SETTINGS = {
    "payload-limit": {"max_size": 4096},
    "compression": {"compression": None},
    "subprotocol": {"subprotocols": ["chat"]},
}.get(os.environ.get("SETTING"), {})


# Before 10.1 a handler gets the path too.
async def handle(socket, path=None):
    await playground.run(socket, socket.send)


async def main():
    # websockets.serve is the legacy implementation up to 13, the new one from 14.
    await websockets.serve(handle, playground.HOST, playground.PORT, **SETTINGS)
    await asyncio.Event().wait()


playground.stop_on_sigterm()
asyncio.run(main())
