// The smallest server on CivetWeb: a WebSocket handler.
#include <atomic>
#include <string>
#include <thread>

#include <civetweb.h>
#include <playground.h>

struct Client {
  int opcode = 0;
  std::string message; // Its fragments so far.
  std::atomic<bool> open{true};
  std::thread push;
};

static void push(mg_connection *connection, Client *client) {
  for (unsigned long tick = 0; client->open; ++tick) {
    const char *text = playground_push(tick);
    mg_websocket_write(connection, MG_WEBSOCKET_OPCODE_TEXT, text, strlen(text));
    usleep(TICK_MS * 1000);
  }
}

static void ready(mg_connection *connection, void *) {
  auto *client = new Client;
  mg_set_user_connection_data(connection, client);
  if (app == APP_PUSH) client->push = std::thread(push, connection, client);
}

static int received(mg_connection *connection, int bits, char *data, size_t length, void *) {
  auto *client = static_cast<Client *>(mg_get_user_connection_data(connection));
  bool final = bits & 0x80;
  int opcode = bits & 0x0f;
  if (opcode == MG_WEBSOCKET_OPCODE_PING) mg_websocket_write(connection, MG_WEBSOCKET_OPCODE_PONG, data, length);
  if (opcode > MG_WEBSOCKET_OPCODE_BINARY || app != APP_ECHO) return 1;
  if (opcode != MG_WEBSOCKET_OPCODE_CONTINUATION) {
    client->opcode = opcode;
    client->message.clear();
  }
  client->message.append(data, length);
  if (final) mg_websocket_write(connection, client->opcode, client->message.data(), client->message.size());
  return 1;
}

static void closed(const mg_connection *connection, void *) {
  auto *client = static_cast<Client *>(mg_get_user_connection_data(connection));
  if (client == nullptr) return;
  client->open = false;
  if (client->push.joinable()) client->push.join();
  delete client;
}

int main() {
  playground_begin();
  mg_init_library(0);
  std::string address = "127.0.0.1:" + std::to_string(port);
  const char *options[] = {"listening_ports", address.c_str(), "num_threads", "100", nullptr};
  mg_callbacks callbacks = {};
  mg_context *context = mg_start(&callbacks, nullptr, options);
  if (context == nullptr) return 1;
  mg_set_websocket_handler(context, "/", nullptr, ready, received, closed, nullptr);
  for (;;) pause();
}
