// The smallest server on libwebsockets: a context with one protocol.
#include <deque>
#include <new>
#include <string>

#include <libwebsockets.h>
#include <playground.h>

struct Message {
  bool binary;
  std::string data; // After the room that lws_write wants before what it sends.
};

/// In memory of the library's: constructed and destroyed by hand.
struct Session {
  Message incoming;
  std::deque<Message> outgoing;
  unsigned long tick = 0;
};

static void send(lws *wsi, Session *session, Message message) {
  session->outgoing.push_back(std::move(message));
  lws_callback_on_writable(wsi);
}

static void push(lws *wsi, Session *session) {
  send(wsi, session, {false, std::string(LWS_PRE, 0) + playground_push(session->tick++)});
  lws_set_timer_usecs(wsi, TICK_MS * 1000);
}

static int serve(lws *wsi, lws_callback_reasons reason, void *user, void *in, size_t length) {
  auto *session = static_cast<Session *>(user);
  switch (reason) {
  case LWS_CALLBACK_ESTABLISHED:
    new (session) Session;
    if (app == APP_PUSH) push(wsi, session);
    break;
  case LWS_CALLBACK_TIMER:
    push(wsi, session);
    break;
  case LWS_CALLBACK_RECEIVE:
    if (app != APP_ECHO) break;
    if (lws_is_first_fragment(wsi)) session->incoming = {lws_frame_is_binary(wsi) != 0, std::string(LWS_PRE, 0)};
    session->incoming.data.append(static_cast<char *>(in), length);
    if (lws_is_final_fragment(wsi)) send(wsi, session, std::move(session->incoming));
    break;
  case LWS_CALLBACK_SERVER_WRITEABLE:
    if (!session->outgoing.empty()) {
      Message message = std::move(session->outgoing.front());
      session->outgoing.pop_front();
      auto *data = reinterpret_cast<unsigned char *>(&message.data[LWS_PRE]);
      if (lws_write(wsi, data, message.data.size() - LWS_PRE, message.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT) < 0) return -1;
      if (!session->outgoing.empty()) lws_callback_on_writable(wsi);
    }
    break;
  case LWS_CALLBACK_CLOSED:
    session->~Session();
    break;
  default:
    break;
  }
  return 0;
}

int main() {
  playground_begin();
  const lws_protocols protocols[] = {{"playground", serve, sizeof(Session)}, {}};
  lws_context_creation_info info = {};
  info.port = port;
  info.iface = "127.0.0.1";
  info.options = LWS_SERVER_OPTION_DISABLE_IPV6; // With IPv6, 4.1 listens everywhere.
  info.protocols = protocols;
  info.gid = -1;
  info.uid = -1;
  lws_context *context = lws_create_context(&info);
  if (context == nullptr) return 1;
  while (lws_service(context, 0) >= 0) {
  }
}
