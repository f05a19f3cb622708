import playground
import trio
from trio_websocket import ConnectionClosed, serve_websocket


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


playground.stop_on_sigterm()
trio.run(serve_websocket, handle, playground.HOST, playground.PORT, None)
