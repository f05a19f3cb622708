// The smallest server on wslay: its event API, a thread a connection, and by hand the handshake, which the library has not.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <playground.h>
#include <wslay/wslay.h>

#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

static ssize_t receive(wslay_event_context_ptr context, uint8_t *buffer, size_t length, int flags, void *user) {
  ssize_t count = recv(*(int *)user, buffer, length, 0);
  if (count > 0) return count;
  wslay_event_set_error(context, count < 0 && errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static ssize_t transmit(wslay_event_context_ptr context, const uint8_t *data, size_t length, int flags, void *user) {
  ssize_t count = send(*(int *)user, data, length, flags & WSLAY_MSG_MORE ? MSG_MORE : 0);
  if (count >= 0) return count;
  wslay_event_set_error(context, errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static void received(wslay_event_context_ptr context, const struct wslay_event_on_msg_recv_arg *message, void *user) {
  if (app != APP_ECHO || wslay_is_ctrl_frame(message->opcode)) return;
  struct wslay_event_msg answer = {message->opcode, message->msg, message->msg_length};
  wslay_event_queue_msg(context, &answer);
}

/// Reads the request byte by byte, so that frames that follow at once stay in the socket.
static int handshake(int client) {
  char request[8192];
  size_t length = 0;
  do {
    if (length + 1 == sizeof request || recv(client, request + length, 1, 0) != 1) return -1;
    request[++length] = 0;
  } while (length < 4 || memcmp(request + length - 4, "\r\n\r\n", 4) != 0);
  char *key = strcasestr(request, "\r\nSec-WebSocket-Key: ");
  if (key == NULL || !strcasestr(request, "\r\nUpgrade: websocket\r\n") || !strcasestr(request, "\r\nConnection: Upgrade\r\n")) return -1;
  key += strlen("\r\nSec-WebSocket-Key: ");
  struct sha1_ctx hash;
  uint8_t digest[SHA1_DIGEST_SIZE];
  char accept[BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE) + 1] = "";
  sha1_init(&hash);
  sha1_update(&hash, strstr(key, "\r\n") - key, (const uint8_t *)key);
  sha1_update(&hash, strlen(GUID), (const uint8_t *)GUID);
  sha1_digest(&hash, sizeof digest, digest);
  base64_encode_raw(accept, sizeof digest, digest);
  return dprintf(client,
                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: %s\r\n\r\n",
                 accept);
}

static void push(wslay_event_context_ptr context, unsigned long tick) {
  const char *text = playground_push(tick);
  struct wslay_event_msg message = {WSLAY_TEXT_FRAME, (const uint8_t *)text, strlen(text)};
  wslay_event_queue_msg(context, &message);
}

static long milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void converse(int client) {
  struct wslay_event_callbacks callbacks = {.recv_callback = receive, .send_callback = transmit, .on_msg_recv_callback = received};
  wslay_event_context_ptr context;
  if (wslay_event_context_server_init(&context, &callbacks, &client) != 0) return;
  unsigned long tick = 0;
  long next = milliseconds();
  while (wslay_event_want_read(context) || wslay_event_want_write(context)) {
    long left = -1;
    if (app == APP_PUSH) {
      for (; (left = next - milliseconds()) <= 0; next += TICK_MS) push(context, tick++);
    }
    struct pollfd event = {client, (wslay_event_want_read(context) ? POLLIN : 0) | (wslay_event_want_write(context) ? POLLOUT : 0)};
    if (poll(&event, 1, left) < 0) break;
    if (event.revents & POLLOUT && wslay_event_send(context) != 0) break;
    if (event.revents & ~POLLOUT && wslay_event_recv(context) != 0) break;
  }
  wslay_event_context_free(context);
}

static void *serve(void *argument) {
  int client = (int)(long)argument;
  if (handshake(client) > 0 && fcntl(client, F_SETFL, O_NONBLOCK) == 0) converse(client);
  close(client);
  return NULL;
}

int main(void) {
  playground_begin();
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 128) != 0) return 1;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    pthread_t thread;
    if (client >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)client) == 0) pthread_detach(thread);
  }
}
