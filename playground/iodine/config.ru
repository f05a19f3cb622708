# Rack's WebSocket upgrade as Iodine defines it: the application answers with an object that has callbacks.
app = ENV.fetch('APP', 'echo')

class Echo
  def on_message(client, data)
    client.write(data)
  end
end

class Sink
  def on_message(_client, _data); end
end

class Push < Sink
  def on_open(client)
    client.write('hello')
    tick(client, 1)
  end

  private

  def tick(client, count)
    Iodine.run_after(200) do
      tick(client, count + 1) if client.open? && client.write("tick #{count}")
    end
  end
end

handler = { 'echo' => Echo, 'sink' => Sink, 'push' => Push }.fetch(app)

run(lambda do |env|
  next [404, { 'Content-Type' => 'text/plain' }, ['Not found']] unless env['rack.upgrade?'] == :websocket

  env['rack.upgrade'] = handler.new
  [200, {}, []]
end)
