// The smallest server on POCO: WebSocket in an HTTPServer, as in its sample.
#include <atomic>
#include <thread>

#include <Poco/Buffer.h>
#include <Poco/ErrorHandler.h>
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/WebSocket.h>
#include <Poco/ThreadPool.h>
#include <playground.h>

using namespace Poco::Net;

class Push {
  std::atomic<bool> open{true};
  std::thread thread;

public:
  explicit Push(WebSocket &socket)
      : thread([this, &socket] {
          try {
            for (unsigned long tick = 0; open; ++tick) {
              const char *text = playground_push(tick);
              socket.sendFrame(text, static_cast<int>(strlen(text)));
              usleep(TICK_MS * 1000);
            }
          } catch (const std::exception &) {
            // The client is gone, which the reader sees too.
          }
        }) {}

  ~Push() {
    open = false;
    thread.join();
  }
};

static void read(WebSocket &socket) {
  for (;;) {
    Poco::Buffer<char> frame(0); // receiveFrame appends.
    int flags;
    socket.receiveFrame(frame, flags);
    int length = static_cast<int>(frame.size());
    switch (flags & WebSocket::FRAME_OP_BITMASK) {
    case WebSocket::FRAME_OP_CLOSE:
      socket.sendFrame(frame.begin(), length, flags);
      return;
    case WebSocket::FRAME_OP_PING:
      socket.sendFrame(frame.begin(), length, WebSocket::FRAME_FLAG_FIN | WebSocket::FRAME_OP_PONG);
      break;
    case WebSocket::FRAME_OP_PONG:
      break;
    default:
      // No flags and nothing in it: the end of the stream.
      if (flags == 0 && length == 0) return;
      if (app == APP_ECHO) socket.sendFrame(frame.begin(), length, flags);
    }
  }
}

struct Handler : HTTPRequestHandler {
  void handleRequest(HTTPServerRequest &request, HTTPServerResponse &response) override {
    try {
      WebSocket socket(request, response);
      if (app == APP_PUSH) {
        Push push(socket);
        read(socket);
      } else {
        read(socket);
      }
    } catch (const WebSocketException &error) {
      // As the sample answers a handshake that it refuses.
      switch (error.code()) {
      case WebSocket::WS_ERR_HANDSHAKE_UNSUPPORTED_VERSION:
        response.set("Sec-WebSocket-Version", WebSocket::WEBSOCKET_VERSION);
        [[fallthrough]];
      case WebSocket::WS_ERR_NO_HANDSHAKE:
      case WebSocket::WS_ERR_HANDSHAKE_NO_VERSION:
      case WebSocket::WS_ERR_HANDSHAKE_NO_KEY:
        response.setStatusAndReason(HTTPResponse::HTTP_BAD_REQUEST);
        response.setContentLength(0);
        response.send();
      }
    } catch (const std::exception &) {
      // A lost connection, or a frame that no memory is left for.
    }
  }
};

struct Factory : HTTPRequestHandlerFactory {
  HTTPRequestHandler *createRequestHandler(const HTTPServerRequest &) override { return new Handler; }
};

struct Quiet : Poco::ErrorHandler {
  void exception(const Poco::Exception &) override {}
  void exception(const std::exception &) override {}
  void exception() override {}
};

int main() {
  playground_begin();
  static Quiet quiet;
  Poco::ErrorHandler::set(&quiet);
  Poco::ThreadPool threads(2, 200);
  auto *parameters = new HTTPServerParams;
  parameters->setMaxThreads(200);
  HTTPServer server(new Factory, threads, ServerSocket(SocketAddress("127.0.0.1", static_cast<Poco::UInt16>(port))), parameters);
  server.start();
  for (;;) pause();
}
