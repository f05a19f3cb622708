import playground
from daphne.cli import CommandLineInterface

# Twisted stops on SIGTERM by itself.
CommandLineInterface().run(["-v", "0", "-b", playground.HOST, "-p", str(playground.PORT), "playground_asgi:app"])
