//! The names that products may have: a closed list, so that one thing has one name.

/// A product by its short name, the name shown to people, and the original tool's name for it if it had one.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    /// The name used in paths, recordings and machine output.
    pub id: &'static str,
    /// The name shown to people.
    pub name: &'static str,
    /// What STEWS called it.
    pub original_name: Option<&'static str>,
}

/// All products.
pub const PRODUCTS: &[Product] = &[
    Product { id: "aiohttp", name: "aiohttp", original_name: None },
    Product { id: "apache-httpd", name: "Apache httpd", original_name: None },
    Product { id: "autobahn-asyncio", name: "Autobahn (asyncio)", original_name: None },
    Product { id: "autobahn-twisted", name: "Autobahn (Twisted)", original_name: None },
    Product { id: "bun", name: "Bun", original_name: None },
    Product { id: "caddy", name: "Caddy", original_name: None },
    Product { id: "circuits", name: "circuits.web", original_name: None },
    Product { id: "clusterws-cws", name: "ClusterWS (@clusterws/cws)", original_name: None },
    Product { id: "coder-websocket", name: "coder/websocket (Go)", original_name: None },
    Product { id: "crossws", name: "crossws (Node.js)", original_name: None },
    Product { id: "daphne", name: "Daphne", original_name: None },
    Product { id: "deno", name: "Deno", original_name: None },
    Product { id: "envoy", name: "Envoy", original_name: None },
    Product { id: "eventlet", name: "eventlet", original_name: None },
    Product { id: "express-ws", name: "Express (express-ws)", original_name: None },
    Product { id: "fasthttp-websocket", name: "fasthttp/websocket (Go)", original_name: None },
    Product { id: "fastify-websocket", name: "Fastify (@fastify/websocket)", original_name: None },
    Product { id: "fastwebsockets", name: "fastwebsockets", original_name: None },
    Product { id: "faye-websocket", name: "Faye (faye-websocket)", original_name: Some("Faye") },
    Product { id: "fiber-websocket", name: "Fiber (Go)", original_name: None },
    Product { id: "gev", name: "gev (Go)", original_name: None },
    Product { id: "gevent-websocket", name: "gevent-websocket", original_name: None },
    Product { id: "gobwas-ws", name: "gobwas/ws (Go)", original_name: None },
    Product { id: "gobwas-ws-tcp", name: "gobwas/ws on TCP (Go)", original_name: None },
    Product { id: "gorilla", name: "Gorilla WebSocket", original_name: Some("Gorilla") },
    Product { id: "granian", name: "Granian", original_name: None },
    Product { id: "gws", name: "gws (Go)", original_name: None },
    Product { id: "h2o", name: "H2O", original_name: None },
    Product { id: "haproxy", name: "HAProxy", original_name: None },
    Product { id: "hertz-websocket", name: "Hertz (Go)", original_name: None },
    Product { id: "hono-node-ws", name: "Hono (@hono/node-ws)", original_name: None },
    Product { id: "http-proxy", name: "http-proxy (Node.js)", original_name: None },
    Product { id: "hypercorn", name: "Hypercorn", original_name: None },
    Product { id: "koa-websocket", name: "Koa (koa-websocket)", original_name: None },
    Product { id: "lighttpd", name: "lighttpd", original_name: None },
    Product { id: "melody", name: "Melody (Go)", original_name: None },
    Product { id: "microdot", name: "Microdot", original_name: None },
    Product { id: "nbio", name: "nbio (Go)", original_name: None },
    Product { id: "neffos", name: "neffos (Go)", original_name: None },
    Product { id: "nestjs-platform-ws", name: "NestJS (@nestjs/platform-ws)", original_name: None },
    Product { id: "nghttpx", name: "nghttpx", original_name: None },
    Product { id: "nginx", name: "nginx", original_name: None },
    Product { id: "nhooyr-websocket", name: "nhooyr.io/websocket (Go)", original_name: None },
    Product { id: "nodejs-websocket", name: "nodejs-websocket", original_name: None },
    Product { id: "picows", name: "picows", original_name: None },
    Product { id: "pound", name: "Pound", original_name: None },
    Product { id: "pywebsocket3", name: "pywebsocket3", original_name: None },
    Product { id: "ratchet", name: "Ratchet", original_name: Some("Ratchet") },
    Product { id: "robyn", name: "Robyn", original_name: None },
    Product { id: "sanic", name: "Sanic", original_name: None },
    Product { id: "simple-websocket", name: "simple-websocket (Flask-Sock)", original_name: None },
    Product { id: "simple-websocket-server", name: "simple-websocket-server", original_name: None },
    Product { id: "simplewebsocketserver", name: "SimpleWebSocketServer", original_name: None },
    Product { id: "spring-boot", name: "Spring Boot", original_name: Some("Java Spring boot") },
    Product { id: "squid", name: "Squid", original_name: None },
    Product { id: "tokio-tungstenite", name: "tokio-tungstenite", original_name: None },
    Product { id: "tornado", name: "Tornado", original_name: Some("Python Tornado") },
    Product { id: "total5", name: "Total.js 5", original_name: None },
    Product { id: "traefik", name: "Traefik", original_name: None },
    Product { id: "trafficserver", name: "Apache Traffic Server", original_name: None },
    Product { id: "tremolo", name: "Tremolo", original_name: None },
    Product { id: "trio-websocket", name: "trio-websocket", original_name: None },
    Product { id: "uvicorn-websockets", name: "uvicorn --ws websockets", original_name: None },
    Product { id: "uvicorn-websockets-sansio", name: "uvicorn --ws websockets-sansio", original_name: None },
    Product { id: "uvicorn-wsproto", name: "uvicorn --ws wsproto", original_name: None },
    Product { id: "uwebsockets", name: "uWebSockets", original_name: Some("uWebSockets") },
    Product { id: "uws", name: "uWebSockets 0.14 (uws)", original_name: None },
    Product { id: "varnish", name: "Varnish", original_name: None },
    Product { id: "websocket-node", name: "WebSocket-Node", original_name: None },
    Product { id: "websockets", name: "Python websockets", original_name: Some("Python websockets") },
    Product { id: "websockets-sync", name: "Python websockets (threads)", original_name: None },
    Product { id: "workerd", name: "workerd (Cloudflare Workers)", original_name: None },
    Product { id: "ws", name: "ws (Node.js)", original_name: Some("NodeJS ws") },
    Product { id: "ws4py", name: "ws4py", original_name: None },
    Product { id: "x-net-websocket", name: "golang.org/x/net/websocket", original_name: None },
];

/// The product of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.id == id)
}

/// The name of a product for people; an unlisted id is its own name.
#[must_use]
pub fn name_of(id: &str) -> &str {
    find(id).map_or(id, |product| product.name)
}
