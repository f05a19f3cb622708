-module(server).
-export([start/0, init/2, websocket_init/1, websocket_handle/2, websocket_info/2]).

start() ->
    os:set_signal(sigterm, default),
    {ok, _} = application:ensure_all_started(cowboy),
    Dispatch = cowboy_router:compile([{'_', [{"/", ?MODULE, os:getenv("APP", "echo")}]}]),
    Address = [{ip, {127, 0, 0, 1}}, {port, list_to_integer(os:getenv("PORT"))}],
    {ok, _} = cowboy:start_clear(server, Address, #{env => #{dispatch => Dispatch}}).

init(Request, App) ->
    {cowboy_websocket, Request, App}.

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
