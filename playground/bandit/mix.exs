defmodule Server.MixProject do
  use Mix.Project

  def project do
    [app: :server, version: "0.0.0", deps: deps(), escript: [main_module: Server]]
  end

  def application, do: [extra_applications: [:logger]]

  defp deps do
    [
      {:bandit, "== #{System.fetch_env!("BANDIT")}"},
      {:plug, "== 1.18.1"},
      {:thousand_island, "== 1.3.14"},
      {:websock_adapter, "== 0.5.8"}
    ]
  end
end
