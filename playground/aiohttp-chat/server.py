"""A chat on aiohttp, as its demos do it: a session, CORS, error pages in a middleware, a limit, a heartbeat."""

import json
import os
import uuid

import aiohttp_cors
from aiohttp import WSCloseCode, WSMsgType, web
from aiohttp_session import SimpleCookieStorage, get_session
from aiohttp_session import setup as setup_session

SOCKETS = web.AppKey("sockets", dict)


@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        body = f"<!doctype html><title>{error.status}</title><h1>Chat: {error.reason}</h1>"
        return web.Response(status=error.status, text=body, content_type="text/html")


async def index(request):
    session = await get_session(request)
    session["visits"] = session.get("visits", 0) + 1
    response = web.Response(text="<!doctype html><title>Chat</title><h1>Chat</h1>", content_type="text/html")
    response.enable_compression()
    return response


async def chat(request):
    session = await get_session(request)
    name = session.get("name") or uuid.uuid4().hex[:8]
    socket = web.WebSocketResponse(heartbeat=30, max_msg_size=1024 * 1024, protocols=("chat.v1",))
    await socket.prepare(request)
    sockets = request.app[SOCKETS]
    await socket.send_json({"action": "connect", "name": name})
    sockets[name] = socket
    try:
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                for other in list(sockets.values()):
                    if other is not socket:
                        await other.send_json({"action": "sent", "name": name, "text": message.data})
            elif message.type == WSMsgType.BINARY:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=json.dumps("text only").encode())
    finally:
        sockets.pop(name, None)
    return socket


app = web.Application(middlewares=[errors], client_max_size=1024 * 1024)
setup_session(app, SimpleCookieStorage())
app[SOCKETS] = {}
cors = aiohttp_cors.setup(app, defaults={"*": aiohttp_cors.ResourceOptions(allow_credentials=True, expose_headers="*", allow_headers="*")})
cors.add(app.router.add_get("/", index))
app.router.add_get("/chat", chat)
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]))
