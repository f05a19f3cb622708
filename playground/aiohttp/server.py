import os

import playground
from aiohttp import WSMsgType, web

SETTING = os.environ.get("SETTING")
OPTIONS = {
    # A message as long as the limit is refused already.
    "payload-limit": {"max_msg_size": 4097},
    "compression": {"compress": False},
    "subprotocol": {"protocols": ["chat"]},
}.get(SETTING, {})


async def messages(socket):
    async for message in socket:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            yield message.data


async def handle(request):
    socket = web.WebSocketResponse(**OPTIONS)
    if SETTING == "subprotocol":
        # A client without one of the protocols would be served without; a wrong handshake is left to prepare().
        ready = socket.can_prepare(request)
        if ready.ok and ready.protocol is None:
            raise web.HTTPBadRequest
    await socket.prepare(request)

    async def send(message):
        await (socket.send_str if isinstance(message, str) else socket.send_bytes)(message)

    await playground.run(messages(socket), send)
    return socket


app = web.Application()
app.router.add_get("/", handle)
playground.stop_on_sigterm()
web.run_app(app, host=playground.HOST, port=playground.PORT, handle_signals=False, print=None)
