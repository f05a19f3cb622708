import playground
from pywebsocket3 import standalone

playground.stop_on_sigterm()
standalone._main(["-H", playground.HOST, "-p", str(playground.PORT), "-d", "/app/handlers", "--log-level", "critical"])
