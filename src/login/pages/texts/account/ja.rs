//! Japanese.

use super::{AccountTexts, Around};

pub static TEXTS: AccountTexts = AccountTexts {
    account: "アカウント",
    continue_to_account: "アカウントのページに進みます",
    at_account: Around("サインイン中の端末とアクセスの確認、パスワードの変更はこちら: ", ""),

    device_signed_out: "端末をサインアウトしました。",
    access_withdrawn: "アプリケーションのアクセスを取り消しました。",
    password_changed: "パスワードを変更しました。",

    devices: "端末",
    devices_note: "以下の端末でサインインしています。",
    this_device: "この端末",
    unknown_device: "不明なブラウザー",
    signed_in: Around("サインイン: ", ""),
    sign_out: "サインアウト",
    sign_out_everywhere: "すべての端末からサインアウト",
    everywhere_note: "この端末を含むすべての端末からサインアウトします。再びサインインするまで、どのアプリケーションもアクセスできなくなります。",

    applications: "アプリケーション",
    applications_note: "以下のアプリケーションに、アカウントへのアクセスを許可しています。",
    no_applications: "アカウントにアクセスできるアプリケーションはありません。",
    able_to: "許可していること",
    access_since: Around("アクセス開始: ", "。"),
    last_used: Around("最終利用: ", "。"),
    ends_with_sign_out: "サインアウトすると終了します。",
    outlasts_sign_out: "サインアウトした後も続きます。",
    withdraw: "アクセスを取り消す",

    change_password: "パスワードを変更",
    current_password: "現在のパスワード",
    new_password: "新しいパスワード",
    sign_out_others: "ほかのすべての端末からサインアウトする",
    others_note: "サインアウト後も続くアプリケーションのアクセスも終了します。",
    wrong_password: "現在のパスワードが正しくありません。",
};
