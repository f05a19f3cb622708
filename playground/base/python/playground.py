"""The three applications, for servers of any style, and the way to stop."""

import asyncio
import os
import signal
import threading
import time

APP = os.environ.get("APP", "echo")
HOST = "127.0.0.1"
PORT = int(os.environ["PORT"])


def stop_on_sigterm():
    # Closing every connection politely could take longer than a stop may.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


async def run(messages, send):
    """For asyncio: the whole life of a connection. send takes str for text and bytes for binary."""

    async def ticks():
        await send("hello")
        tick = 0
        while True:
            await asyncio.sleep(0.2)
            tick += 1
            await send(f"tick {tick}")

    ticking = asyncio.ensure_future(ticks()) if APP == "push" else None
    try:
        async for message in messages:
            if APP == "echo":
                await send(message)
    finally:
        if ticking:
            ticking.cancel()
            # It ends by the cancellation, or ended before by the closed connection.
            await asyncio.gather(ticking, return_exceptions=True)


async def received(receive):
    """The messages of a connection that is read by calls, until None."""
    while True:
        message = await receive()
        if message is None:
            return
        yield message


class Ticker:
    """For threads (greenlets where they replace threads): greets, and sends until it is stopped or sending fails."""

    def __init__(self, send):
        self.send = send
        self.stopped = False
        if APP == "push":
            threading.Thread(target=self.ticks, daemon=True).start()

    def ticks(self):
        try:
            self.send("hello")
            tick = 0
            while not self.stopped:
                time.sleep(0.2)
                tick += 1
                if not self.stopped:
                    self.send(f"tick {tick}")
        except Exception:
            # The connection is closed.
            pass

    def stop(self):
        self.stopped = True


def run_blocking(messages, send):
    """As run, for a thread of its own."""
    ticker = Ticker(send)
    try:
        for message in messages:
            if APP == "echo":
                send(message)
    finally:
        ticker.stop()
