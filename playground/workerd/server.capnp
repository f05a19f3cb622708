using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", http = (), service = "main")],
);

const main :Workerd.Worker = (
  modules = [
    (name = "server.mjs", esModule = embed "server.mjs"),
  ],
  bindings = [(name = "APP", fromEnvironment = "APP")],
  compatibilityDate = "2024-06-01",
);
