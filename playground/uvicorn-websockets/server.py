import playground_asgi

playground_asgi.run_uvicorn("websockets")
