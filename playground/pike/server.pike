string app = getenv("APP") || "echo";

void push(Protocols.WebSocket.Connection socket, int tick)
{
    if (socket->state != Protocols.WebSocket.Connection.OPEN) return;
    socket->send_text(tick ? sprintf("tick %d", tick) : "hello");
    call_out(push, 0.2, socket, tick + 1);
}

void message(Protocols.WebSocket.Frame frame, Protocols.WebSocket.Connection socket)
{
    // The module hands over frames, not messages: fragments go back as fragments.
    if (app != "echo" || frame->opcode > Protocols.WebSocket.FRAME_BINARY) return;
    frame->mask = 0;
    socket->send(frame);
}

void opened(array(string) protocols, Protocols.WebSocket.Request request)
{
    Protocols.WebSocket.Connection socket = request->websocket_accept(0);
    socket->set_id(socket);
    socket->onmessage = message;
    if (app == "push") push(socket, 0);
}

void not_found(Protocols.HTTP.Server.Request request)
{
    request->response_and_finish(([ "error": 404, "data": "Not found" ]));
}

int main()
{
    Protocols.WebSocket.Port(not_found, opened, (int)getenv("PORT"), "127.0.0.1");
    return -1;
}
