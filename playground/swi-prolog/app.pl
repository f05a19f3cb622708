:- use_module(library(http/thread_httpd)).
:- use_module(library(http/http_dispatch)).
:- use_module(library(http/websocket)).

:- http_handler(root(ws), http_upgrade_to_websocket(echo, []), [spawn([])]).

echo(WebSocket) :-
    ws_receive(WebSocket, Message),
    (   Message.opcode == close
    ->  true
    ;   ws_send(WebSocket, Message),
        echo(WebSocket)
    ).

main :-
    getenv('PORT', Text),
    atom_number(Text, Port),
    http_server(http_dispatch, [port('127.0.0.1':Port)]),
    thread_get_message(quit).

:- initialization(main, main).
