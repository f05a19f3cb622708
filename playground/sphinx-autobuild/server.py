import os

os.chdir(os.path.expanduser("~"))
os.execvp("sphinx-autobuild", ["sphinx-autobuild", "--host", "127.0.0.1", "--port", os.environ["PORT"], "/app/docs", "build"])
