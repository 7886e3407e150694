//! Languages: which one a person is addressed in (OpenID Connect Core, section 3.1.2.1; RFC 9110, section 12.5.4), and which of several
//! values is in a language (RFC 4647).

/// A language that every page is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Locale {
    #[default]
    English,
    Swedish,
    German,
    French,
    Spanish,
    Japanese,
}

impl Locale {
    /// Every language, the default first.
    pub const ALL: [Self; 6] = [
        Self::English,
        Self::Swedish,
        Self::German,
        Self::French,
        Self::Spanish,
        Self::Japanese,
    ];

    /// The language tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Swedish => "sv",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
            Self::Japanese => "ja",
        }
    }

    /// The language of a page: what the client asks for by `ui_locales`, else what the browser accepts, else English. Neither is ever an error.
    pub fn choose(ui_locales: Option<&str>, accept_language: Option<&str>) -> Self {
        lookup(ranges(ui_locales.unwrap_or_default()), Self::of_tag)
            .or_else(|| Self::accepted(accept_language?))
            .unwrap_or_default()
    }

    /// The language that an `Accept-Language` header prefers: the first of the highest weight. What its syntax does not allow is passed over.
    fn accepted(header: &str) -> Option<Self> {
        let elements = || header.split(',').filter_map(weighted);
        let is_refused = |locale: &Self| elements().any(|(weight, range)| weight == REFUSED && range.eq_ignore_ascii_case(locale.tag()));
        let acceptable: Vec<Self> = Self::ALL.into_iter().filter(|locale| !is_refused(locale)).collect();
        let find = |range: &str| match range {
            "*" => acceptable.first().copied(),
            range => Self::of_tag(range).filter(|locale| acceptable.contains(locale)),
        };
        let mut best = (REFUSED, None);
        for (weight, range) in elements() {
            if weight > best.0 {
                best = lookup([range], find).map_or(best, |locale| (weight, Some(locale)));
            }
        }
        best.1
    }

    fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag().eq_ignore_ascii_case(tag))
    }
}

/// Whether a text can be a language tag: letters and digits with hyphens between, and not longer than any that is in use (RFC 5646, section 4.4.1).
pub fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.len() <= 35 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The language ranges of a parameter, which are separated by spaces: `ui_locales`, `claims_locales`.
pub fn ranges(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ').filter(|range| !range.is_empty())
}

/// The first thing that a range leads to, in their order, each range cut short from its end until it leads to something (RFC 4647, section 3.4).
pub fn lookup<'r, T>(ranges: impl IntoIterator<Item = &'r str>, find: impl Fn(&str) -> Option<T>) -> Option<T> {
    ranges
        .into_iter()
        .find_map(|range| std::iter::successors(Some(range), |range| shorter(range)).find_map(&find))
}

/// The value of the member `name` in the language of one of the ranges, such as that of `client_name#fr` (OpenID Connect Core, section 5.2).
/// Where no member has just that language, one with a more specific tag will do, such as `client_name#ja-Jpan-JP` for `ja` (RFC 4647,
/// section 3.3.1).
pub fn localized<'m, 'r, V>(
    members: impl Iterator<Item = (&'m str, V)> + Clone,
    name: &str,
    ranges: impl IntoIterator<Item = &'r str>,
) -> Option<V> {
    let tagged = || {
        let members = members.clone();
        members.filter_map(|(key, value)| Some((key.strip_prefix(name)?.strip_prefix('#')?, value)))
    };
    let find = |range: &str| {
        let exact = tagged().find(|(tag, _)| tag.eq_ignore_ascii_case(range));
        let inside = |tag: &str| tag.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range));
        let specific = || tagged().find(|(tag, _)| inside(tag) && tag.as_bytes().get(range.len()) == Some(&b'-'));
        exact.or_else(specific).map(|(_, value)| value)
    };
    lookup(ranges, find)
}

/// The range without its last subtag, and without a single letter that would then stand last: alone it says nothing.
fn shorter(range: &str) -> Option<&str> {
    let (range, _) = range.rsplit_once('-').filter(|(range, _)| !range.is_empty())?;
    match range.rsplit_once('-') {
        Some((before, single)) if single.len() == 1 => Some(before),
        _ => Some(range),
    }
}

/// A quality value (RFC 9110, section 12.4.2): the digit before the point and those after it, without zeros at the end. As texts they stand in
/// the order of the numbers.
type Weight<'a> = (&'a str, &'a str);

/// "Not acceptable".
const REFUSED: Weight<'static> = ("0", "");

/// One element of an `Accept-Language` header.
fn weighted(element: &str) -> Option<(Weight<'_>, &str)> {
    let (range, parameter) = element.split_once(';').unwrap_or((element, "q=1"));
    let (name, value) = parameter.trim().split_once('=')?;
    let (whole, rest) = value.split_once('.').unwrap_or((value, ""));
    let rest_is_legal = rest.len() <= 3 && rest.bytes().all(|byte| byte.is_ascii_digit());
    let weight = (whole, rest.trim_end_matches('0'));
    let is_legal = name.eq_ignore_ascii_case("q") && rest_is_legal && (whole == "0" || weight == ("1", ""));
    is_legal.then_some((weight, range.trim()))
}
