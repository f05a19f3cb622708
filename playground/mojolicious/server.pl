use Mojolicious::Lite;

my $app = $ENV{APP} // 'echo';

websocket '/' => sub {
    my $c = shift;
    if ($app eq 'echo') {
        # The events of raw bytes: `message` would decode a text, and send would encode it again.
        $c->on(text   => sub { my ($c, $bytes) = @_; $c->send({text   => $bytes}) });
        $c->on(binary => sub { my ($c, $bytes) = @_; $c->send({binary => $bytes}) });
    }
    else {
        $c->on(message => sub { });
    }
    if ($app eq 'push') {
        $c->send('hello');
        my $tick = 0;
        my $timer = Mojo::IOLoop->recurring(0.2 => sub { $c->send('tick ' . ++$tick) });
        $c->on(finish => sub { Mojo::IOLoop->remove($timer) });
    }
};

app->start('daemon', '--mode', 'production', '--listen', "http://127.0.0.1:$ENV{PORT}");
