// The smallest server on Boost.Beast: a stream that accepts the handshake itself.
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <playground.h>

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::error_code;
using asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
  struct Message {
    bool text;
    std::string data;
  };

  beast::websocket::stream<tcp::socket> socket;
  asio::steady_timer timer;
  beast::flat_buffer incoming;
  std::deque<Message> outgoing; // The first is being sent.
  unsigned long tick = 0;

public:
  explicit Session(tcp::socket &&connection) : socket(std::move(connection)), timer(socket.get_executor()) {}

  void begin() {
    socket.async_accept([self = shared_from_this()](error_code error) {
      if (error) return;
      if (app == APP_PUSH) self->push();
      self->read();
    });
  }

private:
  void read() {
    socket.async_read(incoming, [self = shared_from_this()](error_code error, std::size_t) {
      if (error) {
        self->timer.cancel();
        return;
      }
      if (app == APP_ECHO) self->send({self->socket.got_text(), beast::buffers_to_string(self->incoming.data())});
      self->incoming.clear();
      self->read();
    });
  }

  void send(Message message) {
    outgoing.push_back(std::move(message));
    if (outgoing.size() == 1) write();
  }

  void write() {
    socket.text(outgoing.front().text);
    socket.async_write(asio::buffer(outgoing.front().data), [self = shared_from_this()](error_code error, std::size_t) {
      self->outgoing.pop_front();
      if (!error && !self->outgoing.empty()) self->write();
    });
  }

  void push() {
    send({true, playground_push(tick++)});
    timer.expires_after(std::chrono::milliseconds(TICK_MS));
    timer.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->socket.is_open()) self->push();
    });
  }
};

static void accept(tcp::acceptor &acceptor) {
  acceptor.async_accept([&acceptor](error_code error, tcp::socket connection) {
    if (!error) std::make_shared<Session>(std::move(connection))->begin();
    accept(acceptor);
  });
}

int main() {
  playground_begin();
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  accept(acceptor);
  context.run();
}
