//! The smallest server on ws-rs: its `listen` with the default settings, and the playground's three applications.

use playground::App;
use ws::util::Token;
use ws::{Handler, Handshake, Message, Result, Sender};

struct Connection {
    out: Sender,
    app: App,
    /// Of its timer: that of a connection before it may still ring.
    timer: Token,
    count: u64,
}

impl Connection {
    fn tick(&mut self) -> Result<()> {
        self.out.send(playground::message(self.count))?;
        self.count += 1;
        self.out.timeout(playground::TICK.as_millis() as u64, self.timer)
    }
}

impl Handler for Connection {
    fn on_open(&mut self, _: Handshake) -> Result<()> {
        if self.app == App::Push {
            self.tick()?;
        }
        Ok(())
    }

    fn on_message(&mut self, message: Message) -> Result<()> {
        if self.app == App::Echo {
            self.out.send(message)?;
        }
        Ok(())
    }

    fn on_timeout(&mut self, timer: Token) -> Result<()> {
        if timer == self.timer {
            self.tick()?;
        }
        Ok(())
    }
}

fn main() {
    playground::exit_on_sigterm();
    let app = playground::app();
    let mut connections = 0;
    ws::listen(playground::address(), |out| {
        connections += 1;
        Connection { out, app, timer: Token(connections), count: 0 }
    })
    .expect("the server runs");
}
