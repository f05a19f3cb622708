-module(server).
-export([start/0, init/2, websocket_init/1, websocket_handle/2, websocket_info/2]).

start() ->
    os:set_signal(sigterm, default),
    {ok, _} = application:ensure_all_started(cowboy),
    Dispatch = cowboy_router:compile([{'_', [{"/", ?MODULE, os:getenv("APP", "echo")}]}]),
    Address = [{ip, {127, 0, 0, 1}}, {port, list_to_integer(os:getenv("PORT"))}],
    {ok, _} = cowboy:start_clear(server, Address, #{env => #{dispatch => Dispatch}}).

init(Request, App) ->
    case os:getenv("SETTING") of
        "payload-limit" -> {cowboy_websocket, Request, App, #{max_frame_size => 4096}};
        "compression" -> {cowboy_websocket, Request, App, #{compress => true}};
        "subprotocol" -> select(<<"chat">>, Request, App);
        _ -> {cowboy_websocket, Request, App}
    end.

%% Selecting a subprotocol and refusing without it are the handler's to do; what is no handshake is left to Cowboy.
select(Subprotocol, Request, App) ->
    Header = <<"sec-websocket-protocol">>,
    IsOffered = lists:member(Subprotocol, cowboy_req:parse_header(Header, Request, [])),
    case cowboy_websocket:is_upgrade_request(Request) of
        true when IsOffered -> {cowboy_websocket, cowboy_req:set_resp_header(Header, Subprotocol, Request), App};
        true -> {ok, cowboy_req:reply(400, Request), App};
        false -> {cowboy_websocket, Request, App}
    end.

websocket_init("push") ->
    {ok, _} = timer:send_interval(200, tick),
    {reply, {text, <<"hello">>}, {push, 1}};
websocket_init(App) ->
    {ok, App}.

websocket_handle({Type, _} = Frame, "echo") when Type =:= text; Type =:= binary ->
    {reply, Frame, "echo"};
websocket_handle(_, State) ->
    {ok, State}.

websocket_info(tick, {push, Tick}) ->
    {reply, {text, ["tick ", integer_to_list(Tick)]}, {push, Tick + 1}};
websocket_info(_, State) ->
    {ok, State}.
