// The smallest server on Ulfius: an endpoint that answers with a WebSocket.
#include <arpa/inet.h>

#include <playground.h>
#include <ulfius.h>

static void received(const struct _u_request *request, struct _websocket_manager *socket,
                     const struct _websocket_message *message, void *data) {
  if (message->opcode == U_WEBSOCKET_OPCODE_TEXT || message->opcode == U_WEBSOCKET_OPCODE_BINARY) {
    ulfius_websocket_send_message(socket, message->opcode, message->data_len, message->data);
  }
}

static void ignore(const struct _u_request *request, struct _websocket_manager *socket,
                   const struct _websocket_message *message, void *data) {}

static void push(const struct _u_request *request, struct _websocket_manager *socket, void *data) {
  unsigned long tick = 0;
  do {
    const char *text = playground_push(tick++);
    ulfius_websocket_send_message(socket, U_WEBSOCKET_OPCODE_TEXT, strlen(text), text);
  } while (ulfius_websocket_wait_close(socket, TICK_MS) == U_WEBSOCKET_STATUS_OPEN);
}

static int upgrade(const struct _u_request *request, struct _u_response *response, void *data) {
  int result = ulfius_set_websocket_response(response, NULL, NULL, app == APP_PUSH ? push : NULL, NULL,
                                             app == APP_ECHO ? received : ignore, NULL, NULL, NULL);
  return result == U_OK ? U_CALLBACK_CONTINUE : U_CALLBACK_ERROR;
}

int main(void) {
  playground_begin();
  struct _u_instance instance;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (ulfius_init_instance(&instance, port, &address, NULL) != U_OK) return 1;
  ulfius_add_endpoint_by_val(&instance, "GET", "/", NULL, 0, upgrade, NULL);
  if (ulfius_start_framework(&instance) != U_OK) return 1;
  for (;;) pause();
}
