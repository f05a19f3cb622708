"""The first example of Eel, without a browser, and going on when the last client goes."""

import os

import eel

eel.init("web")


@eel.expose
def say_hello_py(x):
    print(f"Hello from {x}")


eel.start("main.html", mode=None, host="127.0.0.1", port=int(os.environ["PORT"]), close_callback=lambda page, sockets: None)
