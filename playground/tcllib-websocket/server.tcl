# tcllib's websocket upgrades sockets of somebody's HTTP server: this one reads a request and answers 404 to what is no handshake.
package require websocket

set app [expr {[info exists env(APP)] ? $env(APP) : "echo"}]

proc accept {client address port} {
    fconfigure $client -blocking 0 -translation crlf -encoding iso8859-1
    fileevent $client readable [list request $client]
}

proc request {client} {
    if {[catch {gets $client line} read] || ($read < 0 && [eof $client])} {
        forget $client
        close $client
    } elseif {$read > 0} {
        lappend ::lines($client) $line
    } elseif {$read == 0} {
        set lines $::lines($client)
        forget $client
        answer $client [lindex $lines 0] [lrange $lines 1 end]
    }
}

proc forget {client} {
    fileevent $client readable {}
    unset -nocomplain ::lines($client)
}

proc answer {client first rest} {
    set headers {}
    foreach line $rest {
        if {[regexp {^([^:]+):\s*(.*)$} $line -> name value]} { lappend headers $name $value }
    }
    if {[catch {websocket::test $::server $client [lindex $first 1] $headers} is] || !$is} {
        puts $client "HTTP/1.1 404 Not Found\nContent-Length: 0\nConnection: close\n"
        close $client
    } else {
        websocket::upgrade $client
    }
}

proc handle {client type message} {
    if {$::app eq "echo" && $type in {text binary}} {
        websocket::send $client $type $message
    } elseif {$::app eq "push" && $type eq "connect"} {
        push $client hello 1
    }
}

proc push {client message tick} {
    if {[catch {websocket::send $client text $message} sent] || $sent < 0} return
    after 200 [list push $client "tick $tick" [expr {$tick + 1}]]
}

# An error in a callback costs its connection, not the server.
proc bgerror {message} { puts stderr $message }

set server [socket -server accept -myaddr 127.0.0.1 $env(PORT)]
websocket::server $server
websocket::live $server / handle
vwait forever
