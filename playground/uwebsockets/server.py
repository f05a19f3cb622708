import os
import signal
import threading

from socketify import App, AppListenOptions, OpCode

APP = os.environ.get("APP", "echo")
app = App()
timers = {}


def echo(socket, message, opcode):
    socket.send(message, opcode)


def ignore(socket, message, opcode):
    pass


def opened(socket):
    socket.send("hello", OpCode.TEXT)
    tick = 0

    def send_tick(_):
        nonlocal tick
        tick += 1
        socket.send(f"tick {tick}", OpCode.TEXT)

    # A timer of libuv: old releases starve asyncio's while no packet comes.
    # Each handler gets a new Python object for the same native socket, so the native one is the key.
    timers[socket.ws] = app.loop.uv_loop.create_timer(200, 200, send_tick, None)


def closed(socket, code, message):
    # uWebSockets frees the native socket after this: nothing may touch it again.
    timers.pop(socket.ws).stop()


def stop():
    signal.sigwait({signal.SIGTERM})
    os._exit(0)


# The main thread sits in native code, where Python's signal handlers do not run.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
threading.Thread(target=stop, daemon=True).start()

routes = {"message": echo if APP == "echo" else ignore}
if APP == "push":
    routes |= {"open": opened, "close": closed}
app.ws("/*", routes)
app.listen(AppListenOptions(port=int(os.environ["PORT"]), host="127.0.0.1"))
app.run()
