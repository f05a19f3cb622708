import logging

import playground
from websocket_server import WebsocketServer

server = WebsocketServer(host=playground.HOST, port=playground.PORT, loglevel=logging.CRITICAL)
tickers = {}


def opened(client, server):
    tickers[client["id"]] = playground.Ticker(lambda text: server.send_message(client, text))


def received(client, server, message):
    if playground.APP == "echo":
        server.send_message(client, message)


def closed(client, server):
    if client:
        tickers.pop(client["id"]).stop()


server.set_fn_new_client(opened)
server.set_fn_message_received(received)
server.set_fn_client_left(closed)
playground.stop_on_sigterm()
server.run_forever()
