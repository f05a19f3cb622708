"""The example of terminado's documentation: each client has a terminal of its own."""

import os

import terminado
import tornado.ioloop
import tornado.web

os.chdir(os.path.expanduser("~"))
manager = terminado.UniqueTermManager(shell_command=["sh"])
handlers = [(r"/websocket", terminado.TermSocket, {"term_manager": manager})]
app = tornado.web.Application(handlers)
app.listen(int(os.environ["PORT"]), "127.0.0.1")
tornado.ioloop.IOLoop.current().start()
