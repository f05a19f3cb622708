"""websockify in front of a TCP server on a loopback port of its own, which sends everything back."""

import os
import socketserver


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128


target = Server(("127.0.0.1", 0), Echo)
if os.fork() == 0:
    target.serve_forever()
target.server_close()
os.execvp("websockify", ["websockify", f"127.0.0.1:{os.environ['PORT']}", f"127.0.0.1:{target.server_address[1]}"])
