//! The protocol against its rules, natively: the endpoints on a [`world::World`], whose objects are SQLite databases in memory.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod account;
mod admin;
mod binding;
mod client_auth;
mod clients;
mod cross_site;
mod deployed;
mod discovery;
mod flow;
mod interchange;
mod keys;
mod logout;
mod operating;
mod pages;
mod precis;
mod proof;
mod registration;
mod robustness;
mod touches;
mod tree;
mod units;
mod vectors;
mod world;
