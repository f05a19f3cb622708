"""aiohttp with a middleware for errors and refusals of the application's own, dressed as $VARIANT says."""

import os

import playground
from aiohttp import WSMsgType, web

VARIANT = os.environ.get("VARIANT", "")
OWN = f"http://127.0.0.1:{playground.PORT}"


@web.middleware
async def errors(request, handler):
    try:
        return await handler(request)
    except web.HTTPException as error:
        if request.path.startswith("/api/"):
            fields = {"Allow": "GET"} if error.status in (400, 405) else {}
            return web.json_response({"message": error.reason}, status=error.status, headers=fields)
        page = f"<!DOCTYPE html><html><head><title>{error.status}</title></head><body><h1>{error.reason}</h1></body></html>"
        return web.Response(text=page, status=error.status, content_type="text/html")


async def sign(request, response):
    if VARIANT == "custom-front":
        response.headers["Server"] = "hub"
        response.headers["Referrer-Policy"] = "no-referrer"


async def handle(request):
    if VARIANT == "closed-origin" and request.headers.get("Origin", OWN) != OWN:
        raise web.HTTPForbidden
    if VARIANT == "token" and request.headers.get("Authorization") != "Bearer field":
        raise web.HTTPUnauthorized
    options = {"protocols": ["chat.v2"]} if VARIANT == "subprotocol" else {}
    if VARIANT == "custom-front":
        options = {"heartbeat": 55, "max_msg_size": 0}
    socket = web.WebSocketResponse(**options)
    ready = socket.can_prepare(request)
    if VARIANT == "subprotocol" and ready.ok and ready.protocol is None:
        raise web.HTTPBadRequest
    await socket.prepare(request)
    if VARIANT == "close-1008":
        await socket.close(code=1008, message=b"unauthorized")
        return socket
    if VARIANT == "custom-front":
        await socket.send_json({"type": "auth_ok", "version": "2026.1"})
    if VARIANT == "greeting":
        states = [{"entity": f"sensor.s{n}", "state": str(n / 4), "attributes": {"unit": "C", "area": n % 12}} for n in range(450)]
        await socket.send_json({"type": "states", "states": states})
    async for message in socket:
        if message.type == WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type == WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


app = web.Application(middlewares=[errors])
app.on_response_prepare.append(sign)
app.router.add_get("/{path:.*}" if VARIANT == "any-origin" else "/api/websocket", handle)
playground.stop_on_sigterm()
web.run_app(app, host=playground.HOST, port=playground.PORT, handle_signals=False, print=None)
