//! Bytes on the wire: opening handshakes (RFC 6455 section 4, RFC 9112) and frames (RFC 6455 section 5.2).
//!
//! No I/O, and no judgement: everything that can be put into bytes can be said here, legal or not,
//! and every value a server sends survives being read.

pub mod escape;
pub mod frame;
pub mod handshake;
pub mod head_fault;
pub mod tls_facts;

pub use frame::{Close, FrameHead, Length, LengthForm, Opcode, Rsv};
pub use handshake::{Header, Request, ResponseHead};
pub use head_fault::HeadFault;
pub use tls_facts::{CertificateFacts, TlsFacts};
