import playground
from flask import Flask
from flask_sock import Sock

app = Flask(__name__)
sock = Sock(app)


@sock.route("/")
def handle(socket):
    playground.run_blocking(iter(socket.receive, None), socket.send)


playground.stop_on_sigterm()
app.run(playground.HOST, playground.PORT, threaded=True)
