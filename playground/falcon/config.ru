require 'async/websocket/adapters/rack'

app = ENV.fetch('APP', 'echo')

push = lambda do |connection|
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

run(lambda do |env|
  Async::WebSocket::Adapters::Rack.open(env) do |connection|
    ticks = Async { push.call(connection) } if app == 'push'
    while (message = connection.read)
      next unless app == 'echo'

      connection.write(message)
      connection.flush
    end
  ensure
    ticks&.stop
  end or [404, {}, []]
end)
