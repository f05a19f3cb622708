//! A report of `--format html` in headless Chromium, as the snapshot of the library's tests has it. Ignored unless asked for, because it wants a
//! browser: `cargo xtask test` installs one where it may.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use serde_json::{Value, json};
use xtask::support::browser::{self, Page};
use xtask::support::paths;

const TARGETS: &str = "[...document.querySelectorAll('#targets > tbody')].map((one) => one.dataset.target)";

/// The page, in a browser.
async fn opened() -> (Page, tempfile::TempDir) {
    let snapshot = paths::root().unwrap().join("src/report/snapshots/stews__report__tests__html.snap");
    let text = std::fs::read_to_string(snapshot).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.html");
    std::fs::write(&file, text.splitn(3, "---\n").nth(2).unwrap()).unwrap();
    let mut page = Page::start(&browser::find().expect("Chromium")).await.unwrap();
    page.open(&file, "document.querySelectorAll('th button').length === 4").await.unwrap();
    (page, folder)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn targets_are_sorted_by_the_column_that_is_pressed() {
    let (mut page, _folder) = opened().await;
    let came = page.evaluate(TARGETS).await.unwrap();
    assert_eq!(came[2], "wss://example.net/chat?token=<hidden>");
    let press = "document.querySelectorAll('th button')[0].click()";
    page.evaluate(press).await.unwrap();
    let sorted = page.evaluate(TARGETS).await.unwrap();
    assert_eq!(sorted[0], "wss://example.net/chat?token=<hidden>");
    let told = "document.querySelector('th').getAttribute('aria-sort')";
    assert_eq!(page.evaluate(told).await.unwrap(), "ascending");
    page.evaluate(press).await.unwrap();
    assert_eq!(page.evaluate(TARGETS).await.unwrap()[2], "wss://example.net/chat?token=<hidden>");
    assert_eq!(page.evaluate(told).await.unwrap(), "descending");
    // By findings, those of the first target come last.
    page.evaluate("document.querySelectorAll('th button')[2].click()").await.unwrap();
    let counts = "[...document.querySelectorAll('#targets > tbody')].map((one) => one.rows[0].cells[2].innerText)";
    let counts = page.evaluate(counts).await.unwrap();
    assert_eq!(counts, json!(["not looked for", "not looked for", "1 medium, 1 low, 1 info"]));
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn the_page_is_whole_without_a_network_and_can_be_read_by_all() {
    let (mut page, _folder) = opened().await;
    for (what, expression) in [
        ("nothing is loaded", "performance.getEntriesByType('resource').length === 0"),
        ("it has a language and a title", "document.documentElement.lang === 'en' && document.title !== ''"),
        ("there is one heading of the page", "document.querySelectorAll('h1').length === 1"),
        (
            "each column has a name",
            "[...document.querySelectorAll('th')].every((one) => one.textContent.trim() !== '')",
        ),
        (
            "details open",
            "(() => { const one = document.querySelector('details'); one.open = true; return one.querySelector('dl').offsetHeight > 0 })()",
        ),
        ("nothing is wider than the page", "document.documentElement.scrollWidth <= innerWidth"),
        ("what a server says is no markup", "document.body.innerText.includes('nobody is <there>')"),
    ] {
        assert_eq!(page.evaluate(expression).await.unwrap(), Value::Bool(true), "{what}");
    }
    assert_eq!(page.complaints, Vec::<String>::new());
}
