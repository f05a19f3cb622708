//! What a server of the playground is asked to do: one of its applications, or the application `echo` with one setting of the library
//! changed.

/// The application that is recorded: it sends back what it is sent.
pub const ECHO: &str = "echo";

/// The applications.
pub const APPS: [&str; 3] = [ECHO, "sink", "push"];

/// What an application is asked to do: nothing but what it does by itself.
pub const OWN: &str = "own";

/// The settings, as `$SETTING` names them.
pub const SETTINGS: [&str; 3] = ["payload-limit", "compression", SUBPROTOCOL];

/// The setting with which only clients are served that offer [`OFFERED`].
pub const SUBPROTOCOL: &str = "subprotocol";

/// The subprotocol in question.
pub const OFFERED: &str = "chat";

/// What the environment says of an application, or of a setting.
pub fn environment(wanted: &str) -> [(&'static str, &str); 2] {
    if SETTINGS.contains(&wanted) { [("APP", ECHO), ("SETTING", wanted)] } else { [("APP", wanted), ("SETTING", "")] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_changes_the_echo_application_and_an_application_changes_no_setting() {
        assert_eq!(environment("push"), [("APP", "push"), ("SETTING", "")]);
        assert_eq!(environment(SUBPROTOCOL), [("APP", "echo"), ("SETTING", "subprotocol")]);
    }
}
