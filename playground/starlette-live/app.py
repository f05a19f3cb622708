"""Live figures on Starlette with its usual middleware: HTTPS is left to a proxy; hosts, sessions, gzip, and basic authentication."""

import asyncio
import base64
import json

from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser, requires
from starlette.endpoints import WebSocketEndpoint
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute


class BasicAuth(AuthenticationBackend):
    async def authenticate(self, conn):
        if "authorization" not in conn.headers:
            return None
        scheme, _, value = conn.headers["authorization"].partition(" ")
        try:
            name, _, word = base64.b64decode(value).decode().partition(":")
        except ValueError as error:
            raise AuthenticationError("Invalid basic auth credentials") from error
        if scheme.lower() != "basic" or word != "guest":
            raise AuthenticationError("Invalid basic auth credentials")
        return AuthCredentials(["authenticated"]), SimpleUser(name)


async def index(request):
    return HTMLResponse("<!doctype html><title>Live</title><h1>Live</h1>")


class Live(WebSocketEndpoint):
    encoding = "text"
    task = None

    @requires("authenticated")
    async def on_connect(self, websocket):
        await websocket.accept(subprotocol="figures" if "figures" in websocket.scope["subprotocols"] else None)
        await websocket.send_text(json.dumps({"hello": websocket.user.display_name}))

        async def figures():
            tick = 0
            while True:
                await asyncio.sleep(0.5)
                tick += 1
                await websocket.send_text(json.dumps({"tick": tick}))

        self.task = asyncio.create_task(figures())

    async def on_receive(self, websocket, data):
        await websocket.send_text(json.dumps({"got": len(data)}))

    async def on_disconnect(self, websocket, close_code):
        if self.task:
            self.task.cancel()


async def not_found(request, error):
    return HTMLResponse("<!doctype html><title>Live</title><h1>404, nothing live here</h1>", status_code=404)


app = Starlette(
    routes=[Route("/", index), WebSocketRoute("/live", Live)],
    middleware=[
        Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]),
        Middleware(SessionMiddleware, secret_key="not-a-secret"),
        Middleware(GZipMiddleware),
        Middleware(AuthenticationMiddleware, backend=BasicAuth(), on_error=lambda conn, error: PlainTextResponse(str(error), 401)),
    ],
    exception_handlers={404: not_found},
)
