library(httpuv)

app <- Sys.getenv("APP", "echo")

push <- function(ws) {
  open <- TRUE
  ws$onClose(function() open <<- FALSE)
  tick <- 0
  send_tick <- function() {
    if (!open) return()
    tick <<- tick + 1
    ws$send(paste("tick", tick))
    later::later(send_tick, 0.2)
  }
  ws$send("hello")
  later::later(send_tick, 0.2)
}

opened <- function(ws) {
  # A text is a string and a binary message a raw vector, both ways.
  ws$onMessage(function(binary, message) if (app == "echo") ws$send(message))
  if (app == "push") push(ws)
}

not_found <- function(request) list(status = 404L, headers = list("Content-Type" = "text/plain"), body = "Not found")

runServer("127.0.0.1", as.integer(Sys.getenv("PORT")), list(call = not_found, onWSOpen = opened))
