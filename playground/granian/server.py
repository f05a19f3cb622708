import playground
from granian import Granian
from granian.constants import Interfaces

if __name__ == "__main__":
    Granian(
        "playground_asgi:app",
        address=playground.HOST,
        port=playground.PORT,
        interface=Interfaces.ASGI,
        workers_kill_timeout=1,
        log_enabled=False,
    ).serve()
