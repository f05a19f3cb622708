use super::*;

fn own() -> OwnWords {
    let headers = [
        Header::new("Authorization", "Bearer s3cr3t-t0ken/x=="),
        Header::new("Cookie", "sid=c00kie-of-mine; theme=dark; a=1"),
        Header::new("X-Api-Key", "<k&y \"4711\">"),
        Header::new("Connection", "keep-alive, Upgrade"),
        Header::new("X-Flag", "true"),
    ];
    OwnWords::new("/chat?token=qu3ry%2Fvalue&v=1&transport=websocket", &headers)
}

fn hidden(text: &str) -> String {
    String::from_utf8(own().hide(text.as_bytes())).unwrap()
}

#[test]
fn values_and_their_parts_are_hidden_in_any_case() {
    assert_eq!(hidden("got AUTHORIZATION: bearer S3CR3T-T0KEN/X== there"), "got AUTHORIZATION: <Authorization> there");
    assert_eq!(hidden("token s3cr3t-t0ken/x==!"), "token <Authorization>!");
    assert_eq!(hidden("sid is c00kie-of-mine"), "sid is <Cookie>");
    assert_eq!(hidden("sid=c00kie-of-mine; theme=dark; a=1"), "<Cookie>");
    assert_eq!(hidden("?token=qu3ry%2Fvalue&v=1&transport=websocket"), "?<query>");
    assert_eq!(hidden("GET /chat?token=qu3ry%2Fvalue&v=1&transport=websocket HTTP/1.1"), "GET <path> HTTP/1.1");
    assert_eq!(hidden("qu3ry/value and qu3ry%2fvalue"), "<query> and <query>");
}

#[test]
fn escaped_forms_are_hidden() {
    for text in ["s3cr3t-t0ken%2Fx%3D%3D", r"s3cr3t-t0ken\/x==", "czNjcjN0LXQwa2VuL3g9PQ"] {
        assert_eq!(hidden(&format!("({text})")), "(<Authorization>)", "{text}");
    }
    for text in ["&lt;k&amp;y &quot;4711&quot;&gt;", r#"<k&y \"4711\">"#, "%3Ck%26y+%224711%22%3E"] {
        assert_eq!(hidden(&format!("({text})")), "(<X-Api-Key>)", "{text}");
    }
}

#[test]
fn the_name_and_password_in_basic_credentials_are_hidden() {
    let own = OwnWords::new("/", &[Header::new("Authorization", "Basic YWxpY2U6d29uZGVybGFuZA==")]);
    for text in
        ["alice", "wonderland", "alice:wonderland", "YWxpY2U6d29uZGVybGFuZA==", "Basic YWxpY2U6d29uZGVybGFuZA=="]
    {
        assert_eq!(own.hide(text.as_bytes()), b"<Authorization>", "{text}");
    }
}

/// What everybody says, and what is too short to be found where it is meant, stays.
#[test]
fn short_and_ordinary_words_shred_nothing() {
    for text in ["Connection: keep-alive, Upgrade", "websocket true 1 v=1", "darkness, adark", "bearer"] {
        assert_eq!(hidden(text), text);
    }
    assert_eq!(hidden("a dark theme, %20dark"), "a <Cookie> theme, %20<Cookie>");
    let plain = OwnWords::new("/?v=2024", &[]);
    assert_eq!(plain.hide(b"2024-11-24"), b"2024-11-24");
    assert_eq!(OwnWords::new("/chat", &[]), OwnWords::default());
}

#[test]
fn a_text_that_is_cut_may_end_within_one() {
    let own = own();
    assert_eq!(own.hide_cut(b"Bearer s3cr3t-t"), b"<Authorization>");
    assert_eq!(own.hide_cut(b"it was s3cr3"), b"it was <Authorization>");
    assert_eq!(own.hide_cut(b"it was s3c"), b"it was s3c");
    assert_eq!(own.hide(b"it was s3cr3"), b"it was s3cr3");
}

#[test]
fn names_of_protocols_and_hosts_stay_where_servers_have_them_of_their_own() {
    let own = OwnWords::new("/", &[Header::new("Sec-WebSocket-Protocol", "mqtt, bearer.abc123def456")]);
    let own = own.with_origin("https://page.example");
    assert_eq!(own.hide(b"no mqtt for https://page.example"), b"no <Sec-WebSocket-Protocol> for <Origin>");
    assert_eq!(own.hide_unmistakable(b"mqtt for https://page.example"), b"mqtt for <Origin>");
    assert_eq!(own.hide_secrets(b"https://page.example/mqtt"), b"https://page.example/mqtt");
    assert_eq!(own.hide_secrets(b"bearer.abc123def456"), b"<Sec-WebSocket-Protocol>");
    let typed =
        OwnWords::new("/", &[Header::new("Origin", "https://page.example"), Header::new("Host", "inner.example")]);
    assert_eq!(
        typed.hide(b"https://other.example, page.example, inner.example"),
        b"https://other.example, <Origin>, <Host>"
    );
}
