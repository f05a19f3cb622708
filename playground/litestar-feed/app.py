"""A feed of prices to which a client subscribes, on Litestar with compression, CORS, a cookie for CSRF, sessions and handlers of errors."""

import asyncio

from litestar import Litestar, Request, Response, WebSocket, get, websocket
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import HTTPException, WebSocketDisconnect
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.middleware.session.server_side import ServerSideSessionConfig


def not_found(request: Request, error: HTTPException) -> Response:
    return Response({"status": error.status_code, "message": "nothing here", "path": request.url.path}, status_code=error.status_code)


@get("/")
async def index() -> dict[str, str]:
    return {"service": "feed"}


@websocket("/feed")
async def feed(socket: WebSocket) -> None:
    await socket.accept()
    subscribed: set[str] = set()

    async def prices() -> None:
        tick = 0
        while True:
            await asyncio.sleep(1)
            tick += 1
            for name in sorted(subscribed):
                await socket.send_json({"name": name, "tick": tick})

    task = asyncio.create_task(prices())
    try:
        while True:
            message = await socket.receive_json()
            if isinstance(message, dict) and "subscribe" in message:
                subscribed.add(str(message["subscribe"]))
                await socket.send_json({"subscribed": sorted(subscribed)})
    except WebSocketDisconnect:
        pass
    finally:
        task.cancel()


app = Litestar(
    [index, feed],
    compression_config=CompressionConfig(backend="gzip"),
    cors_config=CORSConfig(allow_origins=["*"]),
    csrf_config=CSRFConfig(secret="not-a-secret"),
    middleware=[ServerSideSessionConfig().middleware, RateLimitConfig(rate_limit=("second", 1000), exclude=["/feed"]).middleware],
    exception_handlers={404: not_found},
)
