local cqueues = require "cqueues"
local headers = require "http.headers"
local server = require "http.server"
local websocket = require "http.websocket"

local app = os.getenv("APP") or "echo"

local function push(socket)
	local message, tick = "hello", 0
	while socket:send(message, "text") do
		cqueues.sleep(0.2)
		tick = tick + 1
		message = "tick " .. tick
	end
end

local function serve(stream)
	local request = stream:get_headers()
	local socket = request and websocket.new_from_stream(stream, request)
	if not socket then
		local answer = headers.new()
		answer:append(":status", "404")
		stream:write_headers(answer, true)
		return
	end
	assert(socket:accept())
	if app == "push" then
		cqueues.running():wrap(push, socket)
	end
	-- Not a `for`: Lua 5.1 cannot yield in its iterator.
	local data, opcode = socket:receive()
	while data do
		if app == "echo" then
			socket:send(data, opcode)
		end
		data, opcode = socket:receive()
	end
	socket:close()
end

local listening = assert(server.listen {
	host = "127.0.0.1",
	port = tonumber(os.getenv("PORT")),
	tls = false,
	onstream = function(_, stream) serve(stream) end,
	-- Without it an error of one connection ends the server.
	onerror = function(_, _, operation, err) io.stderr:write(operation, ": ", tostring(err), "\n") end,
})
assert(listening:loop())
