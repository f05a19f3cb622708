import os

# The token is random by default; a fixed one is what its documentation offers to scripts.
os.environ["JUPYTER_TOKEN"] = "0123456789abcdef"
os.chdir(os.path.expanduser("~"))
os.execvp("jupyter", ["jupyter", "server", "--no-browser", "--ip=127.0.0.1", f"--port={os.environ['PORT']}", "--ServerApp.port_retries=0"])
