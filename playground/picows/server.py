import asyncio

import playground
from picows import WSListener, WSMsgType, ws_create_server


class Listener(WSListener):
    def on_ws_connected(self, transport):
        self.kind, self.parts, self.ticking = None, [], None
        if playground.APP == "push":
            self.ticking = asyncio.ensure_future(self.ticks(transport))

    def on_ws_disconnected(self, transport):
        if self.ticking:
            self.ticking.cancel()

    async def ticks(self, transport):
        transport.send(WSMsgType.TEXT, b"hello")
        tick = 0
        while True:
            await asyncio.sleep(0.2)
            tick += 1
            transport.send(WSMsgType.TEXT, f"tick {tick}".encode())

    def on_ws_frame(self, transport, frame):
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()
        elif frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            if frame.msg_type != WSMsgType.CONTINUATION:
                self.kind, self.parts = frame.msg_type, []
            self.parts.append(frame.get_payload_as_bytes())
            if frame.fin and self.kind is not None:
                if playground.APP == "echo":
                    transport.send(self.kind, b"".join(self.parts))
                self.kind, self.parts = None, []


async def main():
    server = await ws_create_server(lambda request: Listener(), playground.HOST, playground.PORT)
    await server.serve_forever()


playground.stop_on_sigterm()
asyncio.run(main())
