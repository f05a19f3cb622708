// A worker has no environment and no modules but its own: the applications stand here once more.
export default {
  fetch(request, env) {
    if (request.headers.get('Upgrade')?.toLowerCase() !== 'websocket') {
      return new Response('a WebSocket, please', { status: 426 });
    }
    const app = env.APP || 'echo';
    const [client, socket] = Object.values(new WebSocketPair());
    let timer;
    socket.accept();
    socket.addEventListener('message', (event) => {
      if (app === 'echo') socket.send(event.data);
    });
    socket.addEventListener('close', (event) => {
      clearInterval(timer);
      // The runtime leaves it to the worker to answer a close frame.
      try {
        if (event.code === 1005) socket.close();
        else socket.close(event.code, event.reason);
      } catch {}
    });
    socket.addEventListener('error', () => clearInterval(timer));
    if (app === 'push') {
      let tick = 0;
      socket.send('hello');
      timer = setInterval(() => {
        try {
          socket.send(`tick ${++tick}`);
        } catch {
          clearInterval(timer);
        }
      }, 200);
    }
    return new Response(null, { status: 101, webSocket: client });
  },
};
