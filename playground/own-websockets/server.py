"""websockets with process_request and process_response of the application's own, dressed as $VARIANT says."""

import asyncio
import json
import os

import playground
from websockets.asyncio.server import serve
from websockets.datastructures import Headers
from websockets.http11 import Response

VARIANT = os.environ.get("VARIANT", "")
OWN = f"http://127.0.0.1:{playground.PORT}"
NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 426: "Upgrade Required"}


def answer(status, kind, text, **fields):
    body = text.encode()
    headers = Headers({"Content-Type": kind, "Content-Length": str(len(body)), "Connection": "close"})
    for name, value in fields.items():
        headers[name.replace("_", "-")] = value
    return Response(status, NAMES[status], headers, body)


def process_request(connection, request):
    if request.path == "/healthz":
        return connection.respond(200, "OK\n")
    if VARIANT != "any-origin" and request.path.partition("?")[0] != "/stream":
        return answer(404, "text/html; charset=utf-8", "<!doctype html><h1>404</h1><p>No such stream.</p>\n")
    if VARIANT == "custom-front" and request.headers.get("Upgrade", "").lower() != "websocket":
        return answer(426, "application/json", json.dumps({"error": "upgrade required"}), Allow="GET", Upgrade="websocket")
    if VARIANT == "closed-origin" and request.headers.get("Origin", OWN) != OWN:
        return answer(403, "application/json", json.dumps({"error": "forbidden origin"}))
    if VARIANT == "token" and request.headers.get("Authorization") != "Bearer field":
        return answer(401, "application/json", json.dumps({"error": "no token"}), WWW_Authenticate="Bearer")


def process_response(connection, request, response):
    if VARIANT == "custom-front":
        del response.headers["Server"]
        response.headers["Server"] = "streamer"
        response.headers["X-Powered-By"] = "streamer"


async def handle(socket):
    if VARIANT == "close-1008":
        await socket.close(1008, "not on the list")
        return
    if VARIANT == "custom-front":
        await socket.send(json.dumps({"type": "ready"}))
    if VARIANT == "greeting":
        tracks = [{"id": n, "title": f"Track {n}", "artist": f"Artist {n % 40}", "length": 180 + n % 90} for n in range(500)]
        await socket.send(json.dumps({"type": "library", "tracks": tracks}))
    async for message in socket:
        await socket.send(message)


async def main():
    options = {"subprotocols": ["chat.v2"]} if VARIANT == "subprotocol" else {}
    if VARIANT == "custom-front":
        options.update(max_size=2**22, compression=None, ping_interval=None)
    async with serve(
        handle, playground.HOST, playground.PORT, process_request=process_request, process_response=process_response, **options
    ):
        await asyncio.Event().wait()


playground.stop_on_sigterm()
asyncio.run(main())
