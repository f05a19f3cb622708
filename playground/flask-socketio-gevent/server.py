"""A chat on Flask-SocketIO, which takes gevent and gevent-websocket because they are installed."""

import os

from flask import Flask, render_template_string
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
app.config["SECRET_KEY"] = "not-a-secret"
socketio = SocketIO(app, cors_allowed_origins="*")


@app.route("/")
def index():
    return render_template_string("<!doctype html><title>Flask-SocketIO Test</title>")


@socketio.event
def my_event(message):
    emit("my_response", {"data": message.get("data")})


@socketio.event
def join(message):
    join_room(message["room"])
    emit("my_response", {"data": "In room " + message["room"]})


socketio.run(app, host="127.0.0.1", port=int(os.environ["PORT"]))
