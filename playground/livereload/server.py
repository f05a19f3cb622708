import os

os.chdir(os.path.expanduser("~"))
os.execvp("livereload", ["livereload", "--host", "127.0.0.1", "--port", os.environ["PORT"], "/app/site"])
