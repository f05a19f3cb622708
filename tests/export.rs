//! What is exported, as the tools read it that it is for: every expression is run over all recordings, and names nobody who is somebody else.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "each test file uses its part of the server")]
#[path = "support_cmd/server.rs"]
mod server;

#[path = "export/nmap.rs"]
mod nmap;
#[path = "export/nuclei.rs"]
mod nuclei;
#[path = "export/recog.rs"]
mod recog;
#[path = "export/recorded.rs"]
mod recorded;
#[path = "export/table.rs"]
mod table;
