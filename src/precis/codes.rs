//! The numbers that stand in the tables: `build.rs` writes them and this module reads them.

/// Allowed by both string classes (RFC 8264, section 8: PVALID).
pub const BOTH: u32 = 1;
/// Allowed by the FreeformClass alone (FREE_PVAL, ID_DIS).
pub const FREEFORM: u32 = 2;
/// Allowed where its neighbours are right (CONTEXTJ, CONTEXTO).
pub const CONTEXT: u32 = 3;

/// A virama (RFC 5892, appendix A.1).
pub const VIRAMA: u32 = 1;
/// Joining_Type L or D.
pub const JOINS_NEXT: u32 = 2;
/// Joining_Type R or D.
pub const JOINS_PREVIOUS: u32 = 4;
/// Joining_Type T.
pub const TRANSPARENT: u32 = 8;
/// Script Greek (appendix A.4).
pub const GREEK: u32 = 16;
/// Script Hebrew (appendices A.5 and A.6).
pub const HEBREW: u32 = 32;
/// Script Hiragana, Katakana or Han (appendix A.7).
pub const JAPANESE: u32 = 64;

/// Bidi class R or AL (RFC 5893, section 2).
pub const RIGHT_TO_LEFT: u32 = 1;
/// Bidi class AN.
pub const ARABIC_NUMBER: u32 = 2;
/// Bidi class EN.
pub const EUROPEAN_NUMBER: u32 = 3;
/// Bidi classes ES, CS, ET, ON and BN, which the rule never tells apart.
pub const NEUTRAL: u32 = 4;
/// Bidi class NSM.
pub const MARK: u32 = 5;
