import asyncio
import os
import signal

import websockets

APP = os.environ.get("APP", "echo")


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def sink(socket):
    async for _ in socket:
        pass


async def push(socket):
    async def ticks():
        await socket.send("hello")
        tick = 0
        while True:
            await asyncio.sleep(0.2)
            tick += 1
            await socket.send(f"tick {tick}")

    ticking = asyncio.create_task(ticks())
    try:
        await sink(socket)
    finally:
        ticking.cancel()
        # It ends by the cancellation, or ended before by the closed connection.
        await asyncio.gather(ticking, return_exceptions=True)


async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    handler = {"echo": echo, "sink": sink, "push": push}[APP]
    # websockets.serve is the legacy implementation up to 13, the new one from 14.
    await websockets.serve(handler, "127.0.0.1", int(os.environ["PORT"]))
    await stop.wait()
    # Closing every connection politely could take longer than a stop may.
    os._exit(0)


asyncio.run(main())
