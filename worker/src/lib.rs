//! The script of the Worker: everything of it is in the crate `treeline`, which native tests are linked with as well. It is linked here, where that happens
//! for the Worker alone, since cargo optimises across crates only where nothing else is made of them.

pub use treeline;
