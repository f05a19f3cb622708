import asyncio

import playground
import playground_asgi
from hypercorn.asyncio import serve
from hypercorn.config import Config


async def main():
    config = Config()
    config.bind = [f"{playground.HOST}:{playground.PORT}"]
    # A trigger of one's own keeps Hypercorn from handling SIGTERM.
    await serve(playground_asgi.app, config, shutdown_trigger=asyncio.Event().wait)


playground.stop_on_sigterm()
asyncio.run(main())
