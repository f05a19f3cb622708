defmodule Server do
  @moduledoc "The smallest server on Bandit: a plug that upgrades, and the playground's three applications."

  def main(_) do
    :os.set_signal(:sigterm, :default)
    Logger.configure(level: :error)
    {:ok, _} = Application.ensure_all_started(:bandit)
    port = String.to_integer(System.fetch_env!("PORT"))
    {:ok, _} = Bandit.start_link(plug: Server.Router, ip: {127, 0, 0, 1}, port: port, startup_log: false)
    Process.sleep(:infinity)
  end
end

defmodule Server.Router do
  @moduledoc false
  @behaviour Plug

  @impl true
  def init(options), do: options

  @impl true
  def call(conn, _) do
    app = System.get_env("APP", "echo")

    conn
    |> WebSockAdapter.upgrade(Server.Socket, app, [])
    |> Plug.Conn.halt()
  end
end

defmodule Server.Socket do
  @moduledoc false
  @behaviour WebSock

  @impl true
  def init("push") do
    :timer.send_interval(200, :tick)
    {:push, {:text, "hello"}, {"push", 1}}
  end

  def init(app), do: {:ok, app}

  @impl true
  def handle_in({data, opcode: opcode}, "echo"), do: {:push, {opcode, data}, "echo"}
  def handle_in(_, state), do: {:ok, state}

  @impl true
  def handle_info(:tick, {"push", tick}), do: {:push, {:text, "tick #{tick}"}, {"push", tick + 1}}
  def handle_info(_, state), do: {:ok, state}
end
