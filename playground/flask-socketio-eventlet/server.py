"""A chat on Flask-SocketIO and eventlet."""

import os

import eventlet

eventlet.monkey_patch()

from flask import Flask, render_template_string  # noqa: E402
from flask_socketio import SocketIO, emit, join_room  # noqa: E402

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
