import os

os.chdir(os.path.expanduser("~"))
# Without the proxy itself, which would be another port. The password is random by default.
web = ["--web-host", "127.0.0.1", "--web-port", os.environ["PORT"], "--no-web-open-browser", "--set", "web_password=guest"]
os.execvp("mitmweb", ["mitmweb", "--no-server", *web])
