//! The `prompt` parameter (OpenID Connect Core, section 3.1.2.1).

use serde::{Deserialize, Serialize};

/// The words of the parameter.
pub const WORDS: [&str; 5] = ["none", "login", "consent", "select_account", CREATE];

/// The word that stands for a new account.
pub const CREATE: &str = "create";

/// What the client demands of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prompt {
    /// Show a page only where one is needed.
    #[default]
    Auto,
    /// Show no page; answer with an error where one is needed.
    None,
    /// Show the page on which an account is made (Initiating User Registration via OpenID Connect 1.0, section 4.1).
    Create,
    /// Show the pages that are named.
    Show {
        /// Sign in again, or choose another account.
        login: bool,
        /// Ask for consent again.
        consent: bool,
    },
}

impl Prompt {
    /// Parses a space-separated list; `None` where it is not one that OpenID Connect defines.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
        if !words.iter().all(|word| WORDS.contains(word)) {
            return None;
        }
        let has = |name: &str| words.contains(&name);
        match *words.as_slice() {
            [] => Some(Self::Auto),
            ["none"] => Some(Self::None),
            [CREATE] => Some(Self::Create),
            _ if has("none") || has(CREATE) => None,
            _ => Some(Self::Show {
                login: has("login") || has("select_account"),
                consent: has("consent"),
            }),
        }
    }

    /// Whether the person has to sign in again.
    pub fn asks_login(self) -> bool {
        matches!(self, Self::Show { login: true, .. })
    }

    /// Whether consent has to be given again.
    pub fn asks_consent(self) -> bool {
        matches!(self, Self::Show { consent: true, .. })
    }
}
