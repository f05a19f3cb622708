"""The echo of Flask-Sock's documentation beside ordinary pages, with its documented options."""

from flask import Flask, render_template_string, session
from flask_sock import Sock

app = Flask(__name__)
app.secret_key = "not-a-secret"
app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": 25}
sock = Sock(app)


@app.route("/")
def index():
    session["seen"] = True
    return render_template_string("<!doctype html><title>Flask-Sock Demo</title>")


@app.errorhandler(404)
def not_found(error):
    return {"error": "not found"}, 404


@sock.route("/echo")
def echo(ws):
    while True:
        data = ws.receive()
        if data == "close":
            break
        ws.send(data)
