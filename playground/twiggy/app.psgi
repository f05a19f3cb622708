# As in Protocol::WebSocket's examples: the handshake and the frames are the library's, the socket is Twiggy's.
use strict;
use warnings;

use AnyEvent;
use AnyEvent::Handle;
use Protocol::WebSocket::Frame;
use Protocol::WebSocket::Handshake::Server;

my $app = $ENV{APP} // 'echo';
my %open;

sub frame { Protocol::WebSocket::Frame->new(type => $_[0], buffer => $_[1])->to_bytes }

sub receive {
    my ($handle, $frames) = @_;
    while (defined(my $bytes = $frames->next_bytes)) {
        if    ($frames->is_ping)  { $handle->push_write(frame(pong => $bytes)) }
        elsif ($frames->is_close) { $handle->push_write(frame(close => $bytes)); $handle->push_shutdown }
        elsif ($app ne 'echo')    { }
        elsif ($frames->is_text)   { $handle->push_write(frame(text => $bytes)) }
        elsif ($frames->is_binary) { $handle->push_write(frame(binary => $bytes)) }
    }
}

sub serve {
    my ($handle, $handshake) = @_;
    my $frames = Protocol::WebSocket::Frame->new;
    my $end = sub { delete $open{$_[0]}; $_[0]->destroy };
    $open{$handle} = { handle => $handle };
    $handle->push_write($handshake->to_string);
    $handle->on_error($end);
    $handle->on_eof($end);
    $handle->on_read(sub {
        my ($handle) = @_;
        $frames->append($handle->{rbuf});
        # The library dies of what it refuses.
        eval { receive($handle, $frames); 1 } or $end->($handle);
    });
    return if $app ne 'push';
    my $tick = 0;
    $handle->push_write(frame(text => 'hello'));
    $open{$handle}{timer} = AnyEvent->timer(after => 0.2, interval => 0.2, cb => sub { $handle->push_write(frame(text => 'tick ' . ++$tick)) });
}

sub {
    my $env = shift;
    my $handshake = Protocol::WebSocket::Handshake::Server->new_from_psgi($env);
    my $socket = $env->{'psgix.io'};
    return [404, ['Content-Type' => 'text/plain'], ['Not found']]
        unless eval { $handshake->parse($socket) } && $handshake->is_done;
    sub { serve(AnyEvent::Handle->new(fh => $socket), $handshake) };
}
