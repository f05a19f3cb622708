import playground
from aiohttp import WSMsgType, web


async def messages(socket):
    async for message in socket:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            yield message.data


async def handle(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)

    async def send(message):
        await (socket.send_str if isinstance(message, str) else socket.send_bytes)(message)

    await playground.run(messages(socket), send)
    return socket


app = web.Application()
app.router.add_get("/", handle)
playground.stop_on_sigterm()
web.run_app(app, host=playground.HOST, port=playground.PORT, handle_signals=False, print=None)
