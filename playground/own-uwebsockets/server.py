"""uWebSockets by socketify with an upgrade handler and pages of the application's own, dressed as $VARIANT says."""

import json
import os
import signal
import threading

from socketify import App, AppListenOptions, CompressOptions, OpCode

VARIANT = os.environ.get("VARIANT", "")
OWN = f"http://127.0.0.1:{os.environ['PORT']}"
app = App()


def refuse(response, status, reason):
    response.write_status(status).write_header("Content-Type", "application/json")
    response.end(json.dumps({"error": reason}))


def upgrade(response, request, context):
    if VARIANT == "closed-origin" and (request.get_header("origin") or OWN) != OWN:
        return refuse(response, 403, "origin not allowed")
    if VARIANT == "token" and request.get_header("authorization") != "Bearer field":
        return refuse(response, 401, "token required")
    protocol = request.get_header("sec-websocket-protocol") or ""
    if VARIANT == "subprotocol":
        if "chat.v2" not in [name.strip() for name in protocol.split(",")]:
            return refuse(response, 400, "chat.v2 required")
        protocol = "chat.v2"
    if VARIANT == "custom-front":
        # A field before the status would make it 200.
        response.write_status("101 Switching Protocols").write_header("Server", "dash")
    response.upgrade(
        request.get_header("sec-websocket-key"), protocol, request.get_header("sec-websocket-extensions"), context
    )


def opened(socket):
    if VARIANT == "close-1008":
        socket.end(1008, "closed for you")
    elif VARIANT == "custom-front":
        socket.send("dash: ready", OpCode.TEXT)
    elif VARIANT == "greeting":
        widgets = [{"id": n, "kind": "gauge", "title": f"Widget {n}", "value": n * 1.5} for n in range(300)]
        socket.send(json.dumps({"widgets": widgets}), OpCode.TEXT)


def page(response, request):
    response.write_status(404).write_header("Content-Type", "text/html; charset=utf-8")
    if VARIANT == "custom-front":
        response.write_header("Server", "dash").write_header("Allow", "GET")
    response.end("<!DOCTYPE html><html><body><h1>dash</h1><p>Not found.</p></body></html>")


def stop():
    signal.sigwait({signal.SIGTERM})
    os._exit(0)


# The main thread sits in native code, where Python's signal handlers do not run.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
threading.Thread(target=stop, daemon=True).start()

routes = {"upgrade": upgrade, "open": opened, "message": lambda socket, message, opcode: socket.send(message, opcode)}
if VARIANT == "any-origin":
    routes |= {"compression": CompressOptions.SHARED_COMPRESSOR}
if VARIANT == "custom-front":
    routes |= {"max_payload_length": 1 << 20, "idle_timeout": 300}
app.ws("/*" if VARIANT == "any-origin" else "/dash/ws", routes)
app.any("/*", page)
app.listen(AppListenOptions(port=int(os.environ["PORT"]), host="127.0.0.1"))
app.run()
