// The smallest server on re: websock_accept on its HTTP server.
#include <stdbool.h>
#include <stdint.h>

#include <playground.h>
#include <re.h>

struct client {
  struct websock_conn *socket;
  struct mbuf *message; // Its fragments so far.
  enum websock_opcode opcode;
  struct tmr timer;
  unsigned long tick;
};

static struct websock *sockets;

static void received(const struct websock_hdr *header, struct mbuf *fragment, void *argument) {
  struct client *client = argument;
  if (app != APP_ECHO) return;
  if (header->opcode != WEBSOCK_CONT) {
    client->opcode = header->opcode;
    mbuf_rewind(client->message);
  }
  mbuf_write_mem(client->message, mbuf_buf(fragment), mbuf_get_left(fragment));
  if (header->fin) {
    websock_send(client->socket, client->opcode, "%b", client->message->buf, client->message->end);
    mbuf_rewind(client->message);
  }
}

static void push(void *argument) {
  struct client *client = argument;
  websock_send(client->socket, WEBSOCK_TEXT, "%s", playground_push(client->tick++));
  tmr_start(&client->timer, TICK_MS, push, client);
}

static void closed(int error, void *argument) {
  struct client *client = argument;
  tmr_cancel(&client->timer);
  mem_deref(client->socket);
  mem_deref(client->message);
  free(client);
}

static void requested(struct http_conn *connection, const struct http_msg *request, void *argument) {
  struct client *client = calloc(1, sizeof *client);
  client->message = mbuf_alloc(1024);
  tmr_init(&client->timer);
  if (websock_accept(&client->socket, sockets, connection, request, 0, received, closed, client) != 0) {
    mem_deref(client->message);
    free(client);
    http_ereply(connection, 400, "Bad Request");
  } else if (app == APP_PUSH) {
    push(client);
  }
}

int main(void) {
  struct http_sock *server;
  struct sa address;
  playground_begin();
  if (libre_init() != 0 || websock_alloc(&sockets, NULL, NULL) != 0) return 1;
  if (sa_set_str(&address, "127.0.0.1", port) != 0 || http_listen(&server, &address, requested, NULL) != 0) return 1;
  return re_main(NULL);
}
