"""The chat of Quart's tutorial, with a session and an error page of its own."""

import asyncio
from typing import AsyncGenerator

from quart import Quart, render_template_string, session, websocket

app = Quart(__name__)
app.secret_key = "not-a-secret"


class Broker:
    def __init__(self) -> None:
        self.connections: set[asyncio.Queue] = set()

    async def publish(self, message: str) -> None:
        for connection in self.connections:
            await connection.put(message)

    async def subscribe(self) -> AsyncGenerator[str, None]:
        connection: asyncio.Queue = asyncio.Queue()
        self.connections.add(connection)
        try:
            while True:
                yield await connection.get()
        finally:
            self.connections.remove(connection)


broker = Broker()


@app.get("/")
async def index():
    session["seen"] = True
    return await render_template_string("<!doctype html><title>Chat</title><h1>Chat</h1>")


@app.errorhandler(404)
async def not_found(error):
    return await render_template_string("<!doctype html><title>Chat</title><h1>Nobody chats here</h1>"), 404


async def receive() -> None:
    while True:
        await broker.publish(await websocket.receive())


@app.websocket("/ws")
async def ws() -> None:
    task = asyncio.ensure_future(receive())
    try:
        async for message in broker.subscribe():
            await websocket.send(message)
    finally:
        task.cancel()
        await task
