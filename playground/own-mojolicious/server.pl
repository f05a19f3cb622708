# Mojolicious with pages and refusals of the application's own, dressed as $VARIANT says.
use Mojolicious::Lite;
use Mojo::JSON 'encode_json';

my $variant = $ENV{VARIANT} // '';
my $own     = "http://127.0.0.1:$ENV{PORT}";

hook after_dispatch => sub {
    my $c = shift;
    $c->res->headers->server('wall/5') if $variant eq 'custom-front';
};

# What a handshake must bring; a rendered answer refuses it.
under sub {
    my $c       = shift;
    my $headers = $c->req->headers;
    my $origin  = $headers->origin // $own;
    my @offered = split /\s*,\s*/, $headers->sec_websocket_protocol // '';
    my $refusal;
    if ($variant eq 'closed-origin' && $origin ne $own) { $refusal = [403, 'foreign origin'] }
    if ($variant eq 'token' && ($headers->authorization // '') ne 'Bearer field') { $refusal = [401, 'no token'] }
    if ($variant eq 'subprotocol' && !grep { $_ eq 'chat.v2' } @offered) { $refusal = [400, 'chat.v2 is required'] }
    return 1 unless $refusal;
    $c->render(json => {error => $refusal->[1]}, status => $refusal->[0]);
    return undef;
};

websocket($variant eq 'any-origin' ? '/*place' : '/wall/live', {place => ''} => sub {
    my $c = shift;
    if ($variant eq 'subprotocol')  { $c->tx->with_protocols('chat.v2') }
    if ($variant eq 'any-origin')   { $c->tx->with_compression }
    if ($variant eq 'custom-front') { $c->inactivity_timeout(300); $c->tx->max_websocket_size(4194304) }
    # The events of raw bytes: `message` would decode a text, and send would encode it again.
    $c->on(text   => sub { my ($c, $bytes) = @_; $c->send({text   => $bytes}) });
    $c->on(binary => sub { my ($c, $bytes) = @_; $c->send({binary => $bytes}) });
    if ($variant eq 'close-1008')   { $c->finish(1008 => 'wall is closed') }
    if ($variant eq 'custom-front') { $c->send('wall: connected') }
    if ($variant eq 'greeting') {
        my @posts = map { {id => $_, author => 'author-' . $_ % 17, text => "Post number $_", likes => $_ * 3} } 1 .. 400;
        $c->send({text => encode_json({posts => \@posts})});
    }
});

get '/wall/live' => sub {
    my $c = shift;
    $c->res->headers->allow('GET') if $variant eq 'custom-front';
    $c->render(json => {error => 'websocket expected'}, status => 426);
};

any '/*any' => {any => ''} => sub {
    my $c = shift;
    $c->render(data => '<!doctype html><title>wall</title><h1>Nothing on this wall</h1>', format => 'html', status => 404);
};

app->start('daemon', '--mode', 'production', '--listen', "http://127.0.0.1:$ENV{PORT}");
