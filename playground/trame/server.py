import os

os.chdir(os.path.expanduser("~"))
os.execvp("python3", ["python3", "/app/app.py", "--server", "--host", "127.0.0.1", "--port", os.environ["PORT"], "--timeout", "0"])
