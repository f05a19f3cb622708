// The smallest server on WebSocket++: the configuration `asio`, as in its echo_server.
#include <websocketpp/config/asio_no_tls.hpp>
#include <websocketpp/server.hpp>

#include <playground.h>

using Server = websocketpp::server<websocketpp::config::asio>;
using websocketpp::connection_hdl;

static Server server;

static void push(connection_hdl client, unsigned long tick) {
  websocketpp::lib::error_code error;
  server.send(client, playground_push(tick), websocketpp::frame::opcode::text, error);
  if (error) return; // It is gone.
  server.set_timer(TICK_MS, [=](const websocketpp::lib::error_code &error) {
    if (!error) push(client, tick + 1);
  });
}

static void echo(connection_hdl client, Server::message_ptr message) {
  websocketpp::lib::error_code error;
  server.send(client, message->get_payload(), message->get_opcode(), error);
}

int main() {
  playground_begin();
  server.clear_access_channels(websocketpp::log::alevel::all);
  server.clear_error_channels(websocketpp::log::elevel::all);
  server.init_asio();
  server.set_reuse_addr(true);
  if (app == APP_ECHO) server.set_message_handler(echo);
  if (app == APP_PUSH) server.set_open_handler([](connection_hdl client) { push(client, 0); });
  server.listen("127.0.0.1", std::to_string(port));
  server.start_accept();
  server.run();
}
