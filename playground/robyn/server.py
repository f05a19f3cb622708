import playground
from robyn import Robyn, WebSocketDisconnect

app = Robyn(__file__)


@app.websocket("/")
async def handle(websocket):
    async def send(message):
        await (websocket.send_text if isinstance(message, str) else websocket.send_bytes)(message)

    try:
        # The public calls turn text into bytes or bytes into text.
        await playground.run(playground.received(websocket._receive), send)
    except WebSocketDisconnect:
        pass


playground.stop_on_sigterm()
app.start(host=playground.HOST, port=playground.PORT)
