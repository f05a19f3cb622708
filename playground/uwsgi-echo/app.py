"""The echo of uWSGI's documentation of its WebSockets, beside an ordinary page."""

import uwsgi


def application(env, start_response):
    if env["PATH_INFO"] != "/echo":
        start_response("404 Not Found" if env["PATH_INFO"] != "/" else "200 OK", [("Content-Type", "text/html")])
        return [b"<!doctype html><title>Echo</title><h1>Echo</h1>"]
    uwsgi.websocket_handshake(env["HTTP_SEC_WEBSOCKET_KEY"], env.get("HTTP_ORIGIN", ""))
    while True:
        uwsgi.websocket_send(uwsgi.websocket_recv())
