import os

import playground
from granian import Granian
from granian.constants import Interfaces


class Server(Granian):
    # Granian's own handler waits for the open connections.
    def signal_handler_interrupt(self, *_):
        os._exit(0)


if __name__ == "__main__":
    Server(
        "playground_asgi:app",
        address=playground.HOST,
        port=playground.PORT,
        interface=Interfaces.ASGI,
        log_enabled=False,
    ).serve()
