import os

os.execvp("uvicorn", ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", os.environ["PORT"], "--ws", "wsproto", "--no-server-header"])
