//! base64 in its two alphabets, against the crate's own.

use base64ct::{Base64, Encoding};
use proptest::prelude::*;
use treeline::oauth::base64url::{decode_base64, encode_base64};

proptest! {
    #[test]
    fn bytes_become_the_same_text_and_come_back(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let text = encode_base64(&bytes);
        prop_assert_eq!(&text, &Base64::encode_string(&bytes));
        prop_assert_eq!(decode_base64(&text), Some(bytes));
    }

    #[test]
    fn text_is_read_alike(text in "[-_+/=A-Za-z0-9 \u{e5}]{0,12}") {
        prop_assert_eq!(decode_base64(&text), Base64::decode_vec(&text).ok());
    }
}
