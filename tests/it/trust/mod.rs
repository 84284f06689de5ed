//! The room of trust from outside: hostile repositories, other tools, and every byte flipped.

mod bytes;
mod delegations;
mod ed25519;
mod kit;
mod openssl;
mod python;
mod refresh;
mod rollback;
mod roots;
mod signatures;
