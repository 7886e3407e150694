//! Values by themselves: what each accepts, what it refuses, and what it never confuses.

mod base64;
mod client_keys;
mod client_memory;
mod config;
mod device;
mod ids;
mod jose;
mod json;
mod jwe;
mod locale;
mod object;
mod params;
mod password;
mod pkce;
mod scope;
mod seal;
mod text;
mod time;
mod uri;
