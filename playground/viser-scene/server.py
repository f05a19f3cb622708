"""A scene with one axis and a slider, as in viser's documentation."""

import os
import time

import viser

server = viser.ViserServer(host="127.0.0.1", port=int(os.environ["PORT"]))
server.scene.add_frame("/tree", wxyz=(1.0, 0.0, 0.0, 0.0), position=(0.0, 0.0, 0.0))
server.gui.add_slider("Size", min=0.0, max=1.0, step=0.1, initial_value=0.5)
while True:
    time.sleep(10.0)
