"""A chat of rooms, as such applications are written: compression, CORS, sessions, a query token, and error pages of their own."""

from fastapi import FastAPI, Query, Request, WebSocket, WebSocketDisconnect, WebSocketException, status
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI(title="Chat")
app.add_middleware(GZipMiddleware, minimum_size=500)
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"])
app.add_middleware(SessionMiddleware, secret_key="not-a-secret")


class Rooms:
    def __init__(self):
        self.rooms: dict[str, set[WebSocket]] = {}

    async def connect(self, room: str, socket: WebSocket):
        await socket.accept()
        self.rooms.setdefault(room, set()).add(socket)

    def disconnect(self, room: str, socket: WebSocket):
        self.rooms.get(room, set()).discard(socket)

    async def broadcast(self, room: str, message: dict):
        for socket in list(self.rooms.get(room, ())):
            try:
                await socket.send_json(message)
            except (RuntimeError, WebSocketDisconnect):
                self.disconnect(room, socket)


rooms = Rooms()


@app.exception_handler(HTTPException)
async def error_page(request: Request, error: HTTPException):
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(f"<!doctype html><title>Chat</title><h1>{error.status_code}</h1><p>{error.detail}", error.status_code)
    return JSONResponse({"error": error.detail}, error.status_code)


@app.get("/", response_class=HTMLResponse)
async def index(request: Request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return "<!doctype html><title>Chat</title><h1>Chat</h1>"


@app.websocket("/rooms/{room}/ws")
async def chat(socket: WebSocket, room: str, token: str | None = Query(None)):
    if token != "guest":
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    await rooms.connect(room, socket)
    await socket.send_json({"type": "welcome", "room": room, "members": len(rooms.rooms[room])})
    try:
        while True:
            try:
                message = await socket.receive_json()
            except ValueError:
                await socket.send_json({"type": "error", "detail": "not JSON"})
                continue
            await rooms.broadcast(room, {"type": "message", "room": room, "body": message})
    except (WebSocketDisconnect, KeyError):
        pass
    finally:
        rooms.disconnect(room, socket)
