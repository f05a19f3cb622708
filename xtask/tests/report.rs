//! The committed accuracy page in headless Chromium. Ignored unless asked for, because it wants a browser: `cargo xtask test` installs
//! one where it may.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use serde_json::Value;
use xtask::support::browser::{self, Page};
use xtask::support::paths;

const READY: &str = "document.documentElement.dataset.ready === 'true'";

const OPEN: &str = "!document.getElementById('pair').hidden";

async fn opened() -> Page {
    let program = browser::find().expect("Chromium");
    let mut page = Page::start(&program).await.unwrap();
    page.open(&paths::root().unwrap().join("fingerprints/accuracy.html"), READY).await.unwrap();
    page
}

async fn text(page: &mut Page, element: &str) -> String {
    let text = page.evaluate(&format!("document.getElementById('{element}').innerText")).await.unwrap();
    text.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn the_page_renders_and_a_cell_opens_its_pair() {
    let mut page = opened().await;
    // At first only rows with wrong answers; all of them are asked for.
    let only_wrong = "stewsReport.rows().length < 60 && document.getElementById('confused').checked";
    assert_eq!(page.evaluate(only_wrong).await.unwrap(), Value::Bool(true));
    page.evaluate("document.getElementById('confused').click()").await.unwrap();
    let order = page.evaluate("stewsReport.order()").await.unwrap();
    let order: Vec<&str> = order.as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    assert!(order.len() > 60, "{} products", order.len());
    assert_eq!(page.evaluate(OPEN).await.unwrap(), Value::Bool(false));
    // Far from each other, so that the map has to scroll to both.
    for (row, column) in [(0, 1), (order.len() - 1, 0), (2, 2)] {
        page.click(&format!("stewsReport.cellCentre({row}, {column})")).await.unwrap();
        page.wait_for(OPEN).await.unwrap();
        let said = text(&mut page, "pair").await;
        assert!(said.contains(order[row]) && said.contains(order[column]), "{row}, {column}: {said}");
        page.press("Escape").await.unwrap();
        page.wait_for(&format!("!({OPEN})")).await.unwrap();
    }
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn the_page_shows_the_figures_of_the_report() {
    let mut page = opened().await;
    let report = std::fs::read_to_string(paths::root().unwrap().join("fingerprints/accuracy.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let engine = &report["figures"]["engine"];
    let said = page.evaluate("document.body.innerText").await.unwrap();
    let said = said.as_str().unwrap();
    assert!(said.contains(&format!("{} of {}", engine["count"], engine["of"])), "{said}");
    let held = &report["field"]["held"];
    assert!(
        held.is_null()
            || said.contains(&format!("{} applications with {} engines", held["applications"], held["engines"])),
        "{said}"
    );
    assert_eq!(page.complaints, Vec::<String>::new());
}
