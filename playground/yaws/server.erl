-module(server).
-export([start/0, out/1, handle_open/2, handle_message/1, handle_info/2]).

start() ->
    os:set_signal(sigterm, default),
    Port = list_to_integer(os:getenv("PORT")),
    ok = yaws:start_embedded("/tmp", [{listen, {127, 0, 0, 1}}, {port, Port}, {servername, "localhost"},
                                      {appmods, [{"/", ?MODULE}]}], [{logdir, "/tmp"}]).

out(_) ->
    {websocket, ?MODULE, []}.

handle_open(Socket, State) ->
    case os:getenv("APP") of
        "push" ->
            yaws_api:websocket_send(Socket, {text, <<"hello">>}),
            {ok, _} = timer:send_interval(200, tick),
            {ok, 1};
        _ -> {ok, State}
    end.

handle_message({Type, _} = Message) when Type =:= text; Type =:= binary ->
    case os:getenv("APP", "echo") of
        "echo" -> {reply, Message};
        _ -> noreply
    end;
handle_message({close, Status, _}) ->
    {close, Status}.

handle_info(tick, Tick) ->
    {reply, {text, list_to_binary(["tick ", integer_to_list(Tick)])}, Tick + 1};
handle_info(_, State) ->
    {noreply, State}.
