import threading

import playground


def web_socket_do_extra_handshake(request):
    pass


def web_socket_transfer_data(request):
    stream = request.ws_stream
    lock = threading.Lock()

    def send(message):
        with lock:
            stream.send_message(message, binary=not isinstance(message, str))

    playground.run_blocking(iter(stream.receive_message, None), send)
