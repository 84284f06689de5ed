//! The service: what it answers to people, hosts and tools.

pub mod api;
pub mod auth;
pub mod body;
pub mod browse;
mod changes;
pub mod check;
pub mod clock;
pub mod config;
pub mod demo;
pub mod export;
pub mod feeds;
mod form;
pub mod health;
mod held;
pub mod html;
pub mod import;
mod listen;
pub mod listing;
pub mod lists;
pub mod middleware;
pub mod openapi;
pub mod pages;
pub mod past;
pub mod problem;
pub mod query;
mod respond;
pub mod revisions;
pub mod routes;
mod run;
pub mod state;
pub mod tuf;

pub use run::{ServeError, healthcheck, serve};
