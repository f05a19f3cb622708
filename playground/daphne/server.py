import playground
from daphne.cli import CommandLineInterface
from daphne.server import Server


class Quick(Server):
    # Twisted's own handler of SIGTERM would wait for the open connections.
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{**kwargs, "signal_handlers": False})


CommandLineInterface.server_class = Quick
playground.stop_on_sigterm()
CommandLineInterface().run(["-v", "0", "-b", playground.HOST, "-p", str(playground.PORT), "playground_asgi:app"])
