-- The smallest server on lua-resty-websocket: the loop of its documentation.
-- Debian has the library under this name.
local server = require "nginx.websocket.server"

local app = os.getenv("APP") or "echo"

local socket = server:new()
if not socket then
  return ngx.exit(444)
end

if app == "push" then
  ngx.thread.spawn(function()
    local tick, message = 0, "hello"
    while socket:send_text(message) do
      ngx.sleep(0.2)
      tick = tick + 1
      message = "tick " .. tick
    end
  end)
end

local kind, parts = nil, {}
while true do
  local data, opcode, err = socket:recv_frame()
  if not data then
    -- A timeout is no end.
    if socket.fatal or not err:find("timeout", 1, true) then
      return ngx.exit(444)
    end
  elseif opcode == "close" then
    -- The place of the error has the code then.
    socket:send_close(err)
    return ngx.exit(444)
  elseif opcode == "ping" then
    socket:send_pong(data)
  elseif opcode ~= "pong" and app == "echo" then
    if opcode ~= "continuation" then
      kind, parts = opcode, {}
    end
    parts[#parts + 1] = data
    if err ~= "again" then
      local send = kind == "binary" and socket.send_binary or socket.send_text
      if not send(socket, table.concat(parts)) then
        return ngx.exit(444)
      end
    end
  end
end
