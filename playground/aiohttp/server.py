import asyncio
import os

from aiohttp import WSMsgType, web

APP = os.environ.get("APP", "echo")


async def echo(socket):
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)


async def sink(socket):
    async for _ in socket:
        pass


async def push(socket):
    async def ticks():
        await socket.send_str("hello")
        tick = 0
        while True:
            await asyncio.sleep(0.2)
            tick += 1
            await socket.send_str(f"tick {tick}")

    ticking = asyncio.create_task(ticks())
    try:
        await sink(socket)
    finally:
        ticking.cancel()
        # It ends by the cancellation, or ended before by the closed connection.
        await asyncio.gather(ticking, return_exceptions=True)


async def handle(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    await {"echo": echo, "sink": sink, "push": push}[APP](socket)
    return socket


app = web.Application()
app.router.add_get("/", handle)
# run_app stops on SIGTERM, but waits up to shutdown_timeout (60 s) for open sockets.
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), shutdown_timeout=0.1, print=None)
