import os

os.execvp("daphne", ["daphne", "-b", "127.0.0.1", "-p", os.environ["PORT"], "app:application"])
