require 'em-websocket'

app = ENV.fetch('APP', 'echo')

EM.run do
  EM::WebSocket.run(host: '127.0.0.1', port: ENV['PORT'].to_i) do |socket|
    timer = nil
    if app == 'echo'
      socket.onmessage { |text| socket.send_text(text) }
      socket.onbinary { |bytes| socket.send_binary(bytes) }
    end
    if app == 'push'
      socket.onopen do
        socket.send_text('hello')
        tick = 0
        timer = EM.add_periodic_timer(0.2) { socket.send_text("tick #{tick += 1}") }
      end
    end
    socket.onclose { timer&.cancel }
    # Without a handler an error is raised, which ends the process; the connection is closed either way.
    socket.onerror { |_| }
  end
end
