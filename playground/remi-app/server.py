"""The counter of remi's documentation, looked at once: it serves WebSockets to those alone who have the page."""

import os
import threading
import time
import urllib.request

import remi.gui as gui
from remi import App, start

PORT = int(os.environ["PORT"])


class MyApp(App):
    def main(self):
        container = gui.VBox(width=120, height=100)
        self.lbl = gui.Label("Hello world!")
        self.bt = gui.Button("Press me!")
        self.bt.onclick.do(self.on_button_pressed)
        container.append(self.lbl)
        container.append(self.bt)
        return container

    def on_button_pressed(self, widget):
        self.lbl.set_text("Button pressed!")


def look():
    while True:
        time.sleep(0.2)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/") as page:
                page.read()
            return
        except OSError:
            pass


threading.Thread(target=look, daemon=True).start()
start(MyApp, address="127.0.0.1", port=PORT, start_browser=False)
