require 'async'
require 'async/http/endpoint'
require 'async/http/server'
require 'async/websocket/adapters/http'

APP = ENV.fetch('APP', 'echo')

def serve(connection)
  ticks = Async { push(connection) } if APP == 'push'
  while (message = connection.read)
    next unless APP == 'echo'

    connection.write(message)
    connection.flush
  end
ensure
  ticks&.stop
end

def push(connection)
  message = 'hello'
  (1..).each do |tick|
    connection.send_text(message)
    connection.flush
    sleep 0.2
    message = "tick #{tick}"
  end
rescue IOError, SystemCallError
  # The reader sees the end as well.
end

endpoint = Async::HTTP::Endpoint.parse("http://127.0.0.1:#{ENV['PORT']}")
app = lambda do |request|
  Async::WebSocket::Adapters::HTTP.open(request) { |connection| serve(connection) } ||
    Protocol::HTTP::Response[404, {}, []]
end
Async { Async::HTTP::Server.new(app, endpoint).run }
