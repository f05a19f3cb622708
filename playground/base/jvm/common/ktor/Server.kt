package playground

import io.ktor.server.application.install
import io.ktor.server.cio.CIO as Engine
import io.ktor.server.engine.embeddedServer
import io.ktor.server.routing.routing
import io.ktor.server.websocket.DefaultWebSocketServerSession
import io.ktor.server.websocket.WebSockets
import io.ktor.server.websocket.webSocket
import io.ktor.websocket.Frame
import io.ktor.websocket.readBytes
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch

/** The applications for Ktor on any of its engines. */
object Server {
    @JvmStatic
    fun main(args: Array<String>) {
        embeddedServer(Engine, port = App.PORT, host = "127.0.0.1") {
            install(WebSockets)
            routing { webSocket("/") { serve() } }
        }.start(wait = true)
    }

    private suspend fun DefaultWebSocketServerSession.serve() {
        if (App.PUSH) {
            launch {
                outgoing.send(Frame.Text("hello"))
                var tick = 0
                while (true) {
                    delay(200)
                    outgoing.send(Frame.Text("tick ${++tick}"))
                }
            }
        }
        for (frame in incoming) {
            if (App.ECHO && frame is Frame.Text) outgoing.send(Frame.Text(true, frame.readBytes()))
            if (App.ECHO && frame is Frame.Binary) outgoing.send(Frame.Binary(true, frame.readBytes()))
        }
    }
}
