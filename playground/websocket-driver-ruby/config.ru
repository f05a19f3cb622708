# As in faye-websocket's README: a Rack application under Puma, which hands the socket over.
require 'faye/websocket'

app = ENV.fetch('APP', 'echo')
# Puma's own handler waits for what is still being served.
trap('TERM') { exit!(0) }

run(lambda do |env|
  next [404, { 'content-type' => 'text/plain' }, ['Not found']] unless Faye::WebSocket.websocket?(env)

  socket = Faye::WebSocket.new(env)
  timer = nil
  socket.on(:message) { |event| socket.send(event.data) } if app == 'echo'
  if app == 'push'
    socket.on(:open) do |_|
      socket.send('hello')
      tick = 0
      timer = EM.add_periodic_timer(0.2) { socket.send("tick #{tick += 1}") }
    end
  end
  socket.on(:close) { |_| timer&.cancel }
  socket.rack_response
end)
