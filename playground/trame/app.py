"""A counter, as in trame's documentation."""

from trame.app import get_server
from trame.ui.html import DivLayout
from trame.widgets import html

server = get_server(client_type="vue3")
state = server.state
state.count = 1

with DivLayout(server):
    html.Div("Count: {{ count }}")
    html.Button("More", click="count += 1")

server.start()
