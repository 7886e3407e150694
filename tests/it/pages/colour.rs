//! The pages' colours, checked by computation.

use super::{between, login, shop};

/// The stylesheet's colours in one scheme: the block of custom properties that stands at `nth`.
fn colours(nth: usize) -> Vec<(String, [f64; 3])> {
    let page = login(shop(), None);
    let style = between(page.body.as_str(), "<style>", "</style>").to_owned();
    let block = style.split(":root {").nth(nth).unwrap().split('}').next().unwrap().to_owned();
    let declared = block
        .split(';')
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
    let channel = |text: &str, at: usize| match text.len() {
        3 => f64::from(u8::from_str_radix(&text[at..=at].repeat(2), 16).unwrap()),
        _ => f64::from(u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()),
    };
    declared
        .map(|(name, hex)| (name.to_owned(), [channel(hex, 0), channel(hex, 1), channel(hex, 2)]))
        .collect()
}

/// The contrast ratio of two colours (WCAG 2.2, relative luminance).
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let luminance = |colour: [f64; 3]| {
        let linear = colour.map(|channel| match channel / 255.0 {
            c if c <= 0.04045 => c / 12.92,
            c => ((c + 0.055) / 1.055).powf(2.4),
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(one) + 0.05, luminance(other) + 0.05);
    if a > b { a / b } else { b / a }
}

/// WCAG 2.2: text 4.5 to 1 (1.4.3), borders and focus 3 to 1 (1.4.11), in both colour schemes.
#[test]
fn colours_have_the_contrast_that_people_need() {
    const PAIRS: &[(&str, &str, f64)] = &[
        ("text", "card", 7.0),
        ("text", "mark", 7.0),
        ("text", "sky", 7.0),
        ("text", "dawn", 7.0),
        ("text", "field-back", 7.0),
        ("soft", "card", 4.5),
        ("soft", "mark", 4.5),
        ("link", "card", 4.5),
        ("bad", "bad-back", 4.5),
        ("on-brand", "brand", 4.5),
        ("on-brand", "brand-over", 4.5),
        ("field", "card", 3.0),
        ("field", "field-back", 3.0),
        ("focus", "card", 3.0),
        ("brand", "card", 3.0),
        ("bad-edge", "card", 3.0),
    ];
    for scheme in [1, 2] {
        let colours = colours(scheme);
        let colour = |wanted: &str| colours.iter().find(|(name, _)| name == wanted).unwrap().1;
        for (front, back, least) in PAIRS {
            let ratio = contrast(colour(front), colour(back));
            assert!(ratio >= *least, "scheme {scheme}: {front} on {back} is {ratio:.2}, not {least}");
        }
    }
}
