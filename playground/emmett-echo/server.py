import os

os.execvp("emmett", ["emmett", "-a", "app.py", "serve", "--host", "127.0.0.1", "--port", os.environ["PORT"]])
