import playground
from microdot import Microdot
from microdot.websocket import with_websocket

app = Microdot()


@app.route("/")
@with_websocket
async def handle(request, socket):
    await playground.run(playground.received(socket.receive), socket.send)


playground.stop_on_sigterm()
app.run(playground.HOST, playground.PORT)
