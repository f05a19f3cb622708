"""The applications of playground.py as an ASGI application."""

import os

import playground


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            kind = (await receive())["type"].rsplit(".", 1)[1]
            await send({"type": f"lifespan.{kind}.complete"})
            if kind == "shutdown":
                return
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        return

    async def messages():
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            yield event["bytes"] if text is None else text

    async def send_message(message):
        await send({"type": "websocket.send", "text" if isinstance(message, str) else "bytes": message})

    await receive()
    await send({"type": "websocket.accept"})
    try:
        await playground.run(messages(), send_message)
    except Exception:
        # Sending to a closed connection raises what each server likes.
        pass


def run_uvicorn(ws):
    import uvicorn

    class Server(uvicorn.Server):
        def handle_exit(self, sig, frame):
            os._exit(0)

    Server(uvicorn.Config(app, host=playground.HOST, port=playground.PORT, ws=ws, log_level="warning")).run()
