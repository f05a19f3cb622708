import os

os.execvp("gunicorn", ["gunicorn", "-b", f"127.0.0.1:{os.environ['PORT']}", "--threads", "100", "app:app"])
