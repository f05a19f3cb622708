%% Cowboy with pages and refusals of the application's own, dressed as $VARIANT says.
-module(server).
-export([start/0, init/2, websocket_init/1, websocket_handle/2, websocket_info/2]).

start() ->
    os:set_signal(sigterm, default),
    {ok, _} = application:ensure_all_started(cowboy),
    Variant = os:getenv("VARIANT", ""),
    Own = list_to_binary("http://127.0.0.1:" ++ os:getenv("PORT")),
    Routes = case Variant of
        "any-origin" -> [{'_', ?MODULE, {socket, Variant, Own}}];
        _ -> [{"/live/socket", ?MODULE, {socket, Variant, Own}}, {'_', ?MODULE, page}]
    end,
    Address = [{ip, {127, 0, 0, 1}}, {port, list_to_integer(os:getenv("PORT"))}],
    {ok, _} = cowboy:start_clear(server, Address, #{env => #{dispatch => cowboy_router:compile([{'_', Routes}])}}).

init(Request, page) ->
    Page = <<"<!DOCTYPE html><html><body><h1>Not Found</h1></body></html>">>,
    {ok, cowboy_req:reply(404, #{<<"content-type">> => <<"text/html">>}, Page, Request), page};
init(Request0, {socket, Variant, Own}) ->
    Request = case Variant of
        "custom-front" -> cowboy_req:set_resp_header(<<"server">>, <<"live">>, Request0);
        _ -> Request0
    end,
    Offered = cowboy_req:parse_header(<<"sec-websocket-protocol">>, Request, []),
    case {Variant, cowboy_req:header(<<"origin">>, Request, Own), cowboy_req:header(<<"authorization">>, Request)} of
        {"closed-origin", Origin, _} when Origin =/= Own -> refuse(403, <<"{\"error\":\"origin\"}">>, Request);
        {"token", _, Token} when Token =/= <<"Bearer field">> -> refuse(401, <<"{\"error\":\"token\"}">>, Request);
        {"subprotocol", _, _} ->
            case lists:member(<<"chat.v2">>, Offered) of
                true -> upgrade(cowboy_req:set_resp_header(<<"sec-websocket-protocol">>, <<"chat.v2">>, Request), Variant, #{});
                false -> refuse(400, <<"{\"error\":\"chat.v2\"}">>, Request)
            end;
        {"custom-front", _, _} ->
            case cowboy_websocket:is_upgrade_request(Request) of
                true -> upgrade(Request, Variant, #{idle_timeout => infinity, max_frame_size => 4194304});
                false -> refuse(426, <<"{\"error\":\"upgrade required\"}">>, cowboy_req:set_resp_header(<<"allow">>, <<"GET">>, Request))
            end;
        {"any-origin", _, _} -> upgrade(Request, Variant, #{compress => true});
        _ -> upgrade(Request, Variant, #{})
    end.

upgrade(Request, Variant, Options) ->
    {cowboy_websocket, Request, Variant, Options}.

refuse(Status, Body, Request) ->
    {ok, cowboy_req:reply(Status, #{<<"content-type">> => <<"application/json">>}, Body, Request), refused}.

websocket_init("close-1008") ->
    {reply, {close, 1008, <<"not joined">>}, closing};
websocket_init("custom-front") ->
    {reply, {text, <<"[null,null,\"system\",\"ready\",{}]">>}, echo};
websocket_init("greeting") ->
    Rows = [io_lib:format("{\"id\":~b,\"topic\":\"room:~b\",\"members\":~b,\"open\":true}", [N, N, N rem 40]) || N <- lists:seq(1, 600)],
    {reply, {text, ["{\"rooms\":[", lists:join(",", Rows), "]}"]}, echo};
websocket_init(_) ->
    {ok, echo}.

websocket_handle({Type, _} = Frame, State) when Type =:= text; Type =:= binary ->
    {reply, Frame, State};
websocket_handle(_, State) ->
    {ok, State}.

websocket_info(_, State) ->
    {ok, State}.
