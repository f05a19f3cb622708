import os

os.execvp("hypercorn", ["hypercorn", "app:app", "--bind", f"127.0.0.1:{os.environ['PORT']}"])
