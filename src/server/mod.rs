//! The service: what it answers to people, hosts and tools.

pub mod pages;
