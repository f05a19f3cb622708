//! The site in headless Chromium, opened from the disk.

use serde_json::Value;
use xtask::support::browser::{self, Page};

use crate::built;

const READY: &str = "document.documentElement.dataset.ready === 'true'";

/// One page of each kind.
const KINDS: [&str; 10] = [
    "index.html",
    "products/ws.html",
    "probes.html",
    "probes/203.html",
    "compare.html",
    "tree.html",
    "matrix.html",
    "proxies.html",
    "accuracy.html",
    "words.html",
];

/// Text whose contrast with what is behind it is below what WCAG asks for at level AA, of what can be seen.
const TOO_FAINT: &str = r"(() => {
    const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
    const luminance = ([r, g, b]) => {
        const linear = [r, g, b].map((part) => { const share = part / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    };
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const colour = parts(getComputedStyle(one).backgroundColor);
            if (colour.length < 4 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('title, option, script')) continue;
        const style = getComputedStyle(element);
        const colour = element.closest('svg') ? style.fill : style.color;
        const [one, other] = [luminance(parts(colour)), luminance(behind(element))];
        const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (contrast < 4.5) faint.push(`${element.tagName} ${element.getAttribute('class')} ${contrast.toFixed(2)} ${walker.currentNode.data.slice(0, 30)}`);
    }
    return [...new Set(faint)].slice(0, 10);
})()";

async fn browser() -> Page {
    Page::start(&browser::find().expect("Chromium")).await.unwrap()
}

async fn open(page: &mut Page, file: &str) {
    page.open(&built().root().join(file), READY).await.unwrap();
    assert_eq!(page.complaints, Vec::<String>::new(), "{file}");
}

async fn text(page: &mut Page, id: &str) -> String {
    let text = page.evaluate(&format!("document.getElementById('{id}').innerText")).await.unwrap();
    text.as_str().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn pages_fit_a_phone_and_a_screen_in_the_light_and_in_the_dark() {
    let mut page = browser().await;
    for (width, dark) in [(400, false), (400, true), (1440, false), (1440, true)] {
        page.look_as(width, dark).await.unwrap();
        for file in KINDS {
            open(&mut page, file).await;
            let wide = page.evaluate("document.documentElement.scrollWidth").await.unwrap();
            assert!(wide.as_u64().unwrap() <= u64::from(width), "{file} at {width}: {wide}");
            let faint = page.evaluate(TOO_FAINT).await.unwrap();
            assert_eq!(faint, Value::Array(Vec::new()), "{file} at {width}, dark: {dark}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn a_mark_says_which_release_it_is() {
    let mut page = browser().await;
    open(&mut page, "products/ws.html").await;
    let mark = "[...document.querySelectorAll('.rel')].find((mark) => mark.title.startsWith('8.18.3:'))";
    page.evaluate(&format!("{mark}.scrollIntoView({{ block: 'center' }})")).await.unwrap();
    let place = "(() => { const at = MARK.getBoundingClientRect(); return { x: at.x + 4, y: at.y + 6 }; })()";
    page.click(&place.replace("MARK", mark)).await.unwrap();
    assert!(text(&mut page, "release").await.starts_with("8.18.3: recorded, behaviour "));
    assert_eq!(page.complaints, Vec::<String>::new());
}

/// What finds nothing on any page finds what is there.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn text_that_is_too_faint_is_found() {
    let mut page = browser().await;
    open(&mut page, "words.html").await;
    let add = "(() => { const p = document.createElement('p'); p.textContent = 'faint'; p.style.setProperty('color', '#999'); \
               document.querySelector('main').append(p); })()";
    page.evaluate(add).await.unwrap();
    let faint = page.evaluate(TOO_FAINT).await.unwrap();
    assert!(faint[0].as_str().unwrap().ends_with("faint") && faint.as_array().unwrap().len() == 1, "{faint}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn the_search_finds_servers_probes_and_advisories() {
    let mut page = browser().await;
    open(&mut page, "index.html").await;
    for (query, first) in
        [("tornado", "products/tornado.html"), ("203", "probes/203.html"), ("CVE-2024-37890", "products/ws.html")]
    {
        let typed = format!(
            "(() => {{ const box = document.getElementById('query'); box.value = '{query}'; box.dispatchEvent(new Event('input')); }})()"
        );
        page.evaluate(&typed).await.unwrap();
        let found = page.evaluate("document.querySelector('#results a').getAttribute('href')").await.unwrap();
        assert!(found.as_str().unwrap().starts_with(first), "{query}: {found}");
    }
    page.evaluate("document.getElementById('query').value = 'no such thing'").await.unwrap();
    page.evaluate("document.getElementById('query').dispatchEvent(new Event('input'))").await.unwrap();
    assert_eq!(text(&mut page, "found").await, "nothing found");
    assert_eq!(page.evaluate("document.querySelectorAll('#results a').length").await.unwrap(), 0);
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn two_servers_are_compared_and_the_address_says_which() {
    let mut page = browser().await;
    open(&mut page, "compare.html").await;
    page.wait_for("document.getElementById('verdict').innerText !== ''").await.unwrap();
    let rows = "document.getElementById('sides').tBodies[0].rows";
    // What is said is what is shown, and what the one probe is known to be answered with.
    let verdict = text(&mut page, "verdict").await;
    let shown = page.evaluate(&format!("{rows}.length")).await.unwrap();
    assert!(verdict.starts_with(&format!("They answer {shown} of ")), "{verdict}, {shown} rows");
    let row = page
        .evaluate(&format!("[...{rows}].find((row) => row.cells[0].innerText.startsWith('203:')).innerText"))
        .await
        .unwrap();
    assert!(row.as_str().unwrap().contains("closed with 1002 \"RSV1 set\""), "{row}");
    assert!(text(&mut page, "name-one").await.starts_with("ws (Node.js) "));
    // Another product on one side, and a product with itself.
    let choose = "(() => { const list = document.getElementById('product-other'); list.value = 'ws'; list.dispatchEvent(new Event('change')); })()";
    page.evaluate(choose).await.unwrap();
    page.wait_for("document.getElementById('verdict').innerText.includes(' alike ')").await.unwrap();
    let hash = page.evaluate("location.hash").await.unwrap();
    let (one, other) = hash.as_str().unwrap().split_once(',').unwrap();
    assert_eq!(one.trim_start_matches('#'), other);
    // An older version by the address alone.
    page.evaluate("location.hash = '#ws@8.0.0,tornado@6.6'").await.unwrap();
    page.wait_for("document.getElementById('name-one').innerText.startsWith('ws (Node.js) 8.0.0')").await.unwrap();
    assert!(text(&mut page, "name-other").await.starts_with("Tornado "));
    page.evaluate("document.getElementById('only-differences').click()").await.unwrap();
    page.wait_for(&format!("{rows}.length > 200")).await.unwrap();
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn the_matrix_is_read_by_pointer_and_by_keyboard() {
    let mut page = browser().await;
    open(&mut page, "matrix.html").await;
    let before = text(&mut page, "readout").await;
    page.evaluate("document.getElementById('matrix').focus()").await.unwrap();
    for key in ["ArrowDown", "ArrowDown", "ArrowRight"] {
        page.press(key).await.unwrap();
    }
    let by_keys = text(&mut page, "readout").await;
    assert!(by_keys != before && by_keys.contains(", probe "), "{by_keys}");
    let row = page.evaluate("window.stewsMatrix.products[1]").await.unwrap();
    assert!(by_keys.starts_with(row.as_str().unwrap()), "{by_keys}");
    // The third row and the second column.
    page.click("(() => { const from = document.getElementById('cells').getBoundingClientRect(); return { x: from.x + 13, y: from.y + 30 + 30 }; })()")
        .await
        .unwrap();
    let by_pointer = text(&mut page, "readout").await;
    let row = page.evaluate("window.stewsMatrix.products[2]").await.unwrap();
    let probe = page.evaluate("String(window.stewsMatrix.probes[1][0])").await.unwrap();
    assert!(by_pointer.starts_with(row.as_str().unwrap()), "{by_pointer}");
    assert!(by_pointer.contains(&format!("probe {}:", probe.as_str().unwrap())), "{by_pointer}");
    assert_eq!(page.complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "wants Chromium; run by `cargo xtask test`"]
async fn without_a_script_everything_is_there_to_read() {
    let mut page = browser().await;
    page.without_scripts().await.unwrap();
    let site = built();
    page.open(&site.root().join("index.html"), "document.readyState === 'complete'").await.unwrap();
    let shown = page.evaluate("[document.querySelectorAll('#servers').length, document.querySelectorAll('tbody tr').length > 100, document.getElementById('search').checkVisibility()]").await.unwrap();
    assert_eq!(shown, serde_json::json!([1, true, false]));
    page.open(&site.root().join("compare.html"), "document.readyState === 'complete'").await.unwrap();
    let said = page.evaluate("document.body.innerText").await.unwrap();
    assert!(said.as_str().unwrap().contains("Choosing two servers takes a script"), "{said}");
}
