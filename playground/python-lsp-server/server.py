import functools
import os
import sys

import websockets
from pylsp.__main__ import main

# --host is heeded with --tcp alone; with --ws it listens on all addresses.
websockets.serve = functools.partial(websockets.serve, host="127.0.0.1")
sys.argv = ["pylsp", "--ws", "--port", os.environ["PORT"]]
main()
