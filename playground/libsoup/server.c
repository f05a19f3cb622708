// The smallest server on libsoup: SoupServer with a WebSocket handler.
#include <libsoup/soup.h>
#include <playground.h>

#if SOUP_CHECK_VERSION(2, 99, 0)
typedef SoupServerMessage Message;
#else
typedef SoupMessage Message;
#endif

static void echo(SoupWebsocketConnection *socket, gint type, GBytes *message, gpointer data) {
  if (soup_websocket_connection_get_state(socket) != SOUP_WEBSOCKET_STATE_OPEN) return;
  soup_websocket_connection_send_message(socket, type, message);
}

struct push {
  SoupWebsocketConnection *socket;
  unsigned long tick;
};

static gboolean push(gpointer data) {
  struct push *push = data;
  if (soup_websocket_connection_get_state(push->socket) != SOUP_WEBSOCKET_STATE_OPEN) return G_SOURCE_REMOVE;
  soup_websocket_connection_send_text(push->socket, playground_push(push->tick++));
  return G_SOURCE_CONTINUE;
}

static void end_push(gpointer data) {
  struct push *push = data;
  g_object_unref(push->socket);
  g_free(push);
}

static void closed(SoupWebsocketConnection *socket, gpointer data) {
  g_object_unref(socket);
}

static void opened(SoupServer *server, Message *message, const char *path, SoupWebsocketConnection *socket,
#if !SOUP_CHECK_VERSION(2, 99, 0)
                   SoupClientContext *client,
#endif
                   gpointer data) {
  g_object_ref(socket); // The server drops its own reference after this.
  g_signal_connect(socket, "closed", G_CALLBACK(closed), NULL);
  if (app == APP_ECHO) g_signal_connect(socket, "message", G_CALLBACK(echo), NULL);
  if (app == APP_PUSH) {
    struct push *first = g_new0(struct push, 1);
    first->socket = g_object_ref(socket);
    push(first);
    g_timeout_add_full(G_PRIORITY_DEFAULT, TICK_MS, push, first, end_push);
  }
}

int main(void) {
  playground_begin();
  GError *error = NULL;
  SoupServer *server = soup_server_new(NULL, NULL);
  soup_server_add_websocket_handler(server, "/", NULL, NULL, opened, NULL, NULL);
  if (!soup_server_listen_local(server, port, SOUP_SERVER_LISTEN_IPV4_ONLY, &error)) g_error("%s", error->message);
  g_main_loop_run(g_main_loop_new(NULL, FALSE));
}
