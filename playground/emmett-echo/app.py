"""Echo over a WebSocket beside pages, as in the documentation of Emmett: a session in a cookie, and an error page of its own."""

from emmett import App, session, websocket
from emmett.sessions import SessionManager

app = App(__name__)
app.pipeline = [SessionManager.cookies("not-a-secret")]


@app.route("/")
async def index():
    session.visits = (session.visits or 0) + 1
    return "<!doctype html><title>Echo</title><h1>Echo</h1>"


@app.on_error(404)
async def not_found():
    return "<!doctype html><title>Echo</title><h1>404, nothing here</h1>"


@app.websocket("/echo")
async def echo():
    await websocket.accept()
    while True:
        message = await websocket.receive()
        await websocket.send(message)
