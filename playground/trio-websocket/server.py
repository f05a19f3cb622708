import playground
import trio
from trio_websocket import ConnectionClosed, WebSocketServer


async def ticks(socket):
    try:
        await socket.send_message("hello")
        tick = 0
        while True:
            await trio.sleep(0.2)
            tick += 1
            await socket.send_message(f"tick {tick}")
    except ConnectionClosed:
        pass


async def handle(request):
    socket = await request.accept()
    async with trio.open_nursery() as nursery:
        if playground.APP == "push":
            nursery.start_soon(ticks, socket)
        try:
            while True:
                message = await socket.get_message()
                if playground.APP == "echo":
                    await socket.send_message(message)
        except ConnectionClosed:
            nursery.cancel_scope.cancel()


class Server(WebSocketServer):
    # A ping after a protocol error raises through to here, and would end the process.
    async def _handle_connection(self, stream):
        try:
            await super()._handle_connection(stream)
        except Exception:
            await trio.aclose_forcefully(stream)


async def main():
    await Server(handle, await trio.open_tcp_listeners(playground.PORT, host=playground.HOST)).run()


playground.stop_on_sigterm()
trio.run(main)
