//! The JSON API: what is published, what it means for an inventory, and how publishers hand in.

pub mod assess;
pub mod blobs;
pub mod catalogue;
mod csv;
pub mod lists;
pub mod roles;
pub mod submissions;
