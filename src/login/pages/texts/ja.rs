//! Japanese.

use super::{Around, Texts};
use crate::oauth::locale::Locale;

pub static TEXTS: Texts = Texts {
    locale: Locale::Japanese,

    return_to_site: Around("この後、", " に戻ります。"),
    return_to_app: Around("この後、アプリ ", " に戻ります。"),
    proceed: "続ける",
    about: Around("", " について"),
    website: "ウェブサイト",
    policy: "プライバシーポリシー",
    terms: "利用規約",
    problem: "エラー: ",
    expired: "ページを開いてから時間が経ちすぎました。もう一度やり直してください。",
    too_many: "試行回数が多すぎます。1 分待ってから、もう一度お試しください。",
    too_many_minutes: Around("試行回数が多すぎます。", " 分待ってから、もう一度お試しください。"),

    sign_in: "サインイン",
    continue_to: Around("", " に進みます"),
    username: "ユーザー名",
    password: "パスワード",
    rejected: "ユーザー名またはパスワードが正しくありません。",

    create_account: "アカウントを作成",
    have_account: "すでにアカウントを持っている",
    eight_or_more: "（8 文字以上）",
    optional: "（任意）",
    full_name: "氏名",
    email_address: "メールアドレス",
    unusable: Around("「", "」は使用できません。"),
    taken: "このユーザー名はすでに使われています。別の名前を選んでください。",

    allow_access: "アクセスを許可しますか？",
    allow_whom: Around("許可する相手: ", ""),
    signed_in_as: Around("", " としてサインインしています。"),
    able_to: "このアプリケーションに許可すること",
    remembered: "許可すると選択が保存され、次回からは確認されません。",
    asked_again: "次回も確認されます。",
    allow: "許可する",
    deny: "許可しない",

    openid: ("あなたが誰であるかを知る", "アカウントの識別子と、サインインした日時。"),
    profile: (
        "プロフィールを見る",
        "氏名とニックネーム、ユーザー名、画像、プロフィールページ、ウェブサイト、性別、生年月日、タイムゾーン、言語、およびその更新日時。",
    ),
    email: "メールアドレスを見る",
    address: "住所を見る",
    phone: "電話番号を見る",
    and_verified: "確認済みかどうかも含みます。",
    offline_access: ("アクセスを継続する", "取り消されるまで、サインアウト中も続きます。"),

    cannot_answer: "このリクエストには応答できません",
    go_back: "元のアプリケーションに戻り、もう一度やり直してください。",
    if_it_comes_back: "このページが再び表示される場合は、下記の内容を担当者にお伝えください。",
    foreign_form: "このフォームは、別のブラウザーで開かれたか、前回のサインインより前に開かれたものです。",
    client_gone: "元のアプリケーションは、現在登録されていません。",
    nothing_to_open: "ここに開けるページはありません",
    only_forms: "このアドレスは、サインインページのフォームのみを受け付けます。",
    went_wrong: "問題が発生しました",
    our_fault: "こちら側の問題です。しばらくしてから、もう一度お試しください。",
    error: "エラー",
    description: "説明",
    request: "リクエスト",

    completed: "このサインインはすでに完了しています",
    nothing_left: "元のアプリケーションに戻ってください。まだサインインしていない場合は、そこからもう一度始めてください。",

    sign_out_question: "サインアウトしますか？",
    sign_out: "サインアウトする",
    stay: "サインインしたままにする",
    ends_here: "このブラウザーと、それを使っているアプリケーションでのセッションが終了します。",
    not_sent_back: "その後もこのページに留まります。アプリケーションが id_token_hint を送信しなかったためです。",
    signed_out: "サインアウトしました",
    signed_out_of: "このブラウザーでのセッションは終了しました。利用していたアプリケーションに通知しています。",
    still_signed_in: "サインインしたままです",
    nothing_ended: "何も終了していません。このページは閉じて構いません。",

    provider: "OpenID Connect プロバイダー",
    for_people: "アプリケーションは、サインインのために利用者をここに案内します。このページで行うことはありません。ご利用になるアプリケーションから始めてください。",
    for_developers: Around("クライアントに必要な情報は、開発者向けの", "にすべて記載されています。"),
    discovery_document: "ディスカバリー文書",
    issuer: "発行者",
};
