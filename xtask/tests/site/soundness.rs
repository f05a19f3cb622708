//! What every page must have, for whoever reads it and with whatever.

use std::collections::{BTreeMap, BTreeSet};

use crate::html::Document;
use crate::{built, links};

/// What is wrong with a page.
fn faults(page: &Document) -> Vec<String> {
    let mut faults = page.faults.clone();
    faults.extend(head(page));
    faults.extend(headings(page));
    faults.extend(names(page));
    faults.extend(ids(page));
    faults.extend(foreign(page));
    faults
}

/// Language, title, viewport, one heading of the first rank, one main part.
fn head(page: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    let mut want = |holds: bool, what: &str| faults.extend((!holds).then(|| what.to_owned()));
    want(page.all("html").all(|(_, element)| !element.get("lang").is_empty()), "no language");
    let titles: Vec<String> =
        page.all("title").filter(|(_, element)| element.inside.len() == 2).map(|(place, _)| page.text(place)).collect();
    want(titles.len() == 1 && !titles[0].trim().is_empty(), "not one title");
    let meta = |name: &str| {
        page.all("meta").any(|(_, element)| element.get("name") == name && !element.get("content").is_empty())
    };
    want(meta("viewport") && meta("description"), "no viewport or description");
    want(page.all("h1").count() == 1, "not one h1");
    want(page.all("main").count() == 1, "not one main");
    want(
        page.all("meta").any(|(_, element)| element.get("http-equiv") == "Content-Security-Policy"),
        "no policy of what is loaded",
    );
    faults
}

/// No rank of headings is left out on the way down, and none is empty.
fn headings(page: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    let mut before = 0;
    for (place, element) in page.elements.iter().enumerate() {
        let Some(rank) = ["h1", "h2", "h3", "h4"].iter().position(|name| *name == element.name) else { continue };
        if rank > before + 1 {
            faults.push(format!("{} follows h{}", element.name, before + 1));
        }
        if page.text(place).trim().is_empty() {
            faults.push(format!("an empty {}", element.name));
        }
        before = rank;
    }
    faults
}

/// Whatever is pressed, filled in or looked at has a name.
fn names(page: &Document) -> Vec<String> {
    let labelled: BTreeSet<&str> = page.all("label").map(|(_, label)| label.get("for")).collect();
    let mut faults = Vec::new();
    for (place, element) in page.elements.iter().enumerate() {
        let has_text = || !page.text(place).trim().is_empty();
        let in_label = || {
            element
                .inside
                .iter()
                .any(|outer| page.elements[*outer].name == "label" && !page.text(*outer).trim().is_empty())
        };
        let is_named = match element.name.as_str() {
            "input" | "select" | "textarea" => labelled.contains(element.get("id")) && element.has("id") || in_label(),
            "a" | "button" | "summary" | "legend" | "label" => has_text(),
            "svg" => element.has("role") && !element.get("aria-label").is_empty(),
            "img" => element.has("alt"),
            "nav" => !element.get("aria-label").is_empty(),
            "section" => page.find(element.get("aria-labelledby")).is_some(),
            _ => true,
        };
        // What scrolls is reached with the keyboard, and says what it is.
        let is_region = !element.get("class").split(' ').any(|class| class == "scroll")
            || element.get("tabindex") == "0"
                && element.get("role") == "region"
                && !element.get("aria-label").is_empty();
        if !is_named || !is_region {
            faults.push(format!("a nameless {} {:?}", element.name, element.attributes));
        }
    }
    for (place, _) in page.all("table") {
        let heads: Vec<_> = page.within(place).filter(|(_, element)| element.name == "th").collect();
        if heads.is_empty() || heads.iter().any(|(_, head)| !head.has("scope")) {
            faults.push("a table whose heads do not say of what".to_owned());
        }
    }
    faults
}

/// No two elements have one id, and what refers to an id finds it.
fn ids(page: &Document) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    page.elements
        .iter()
        .filter(|element| element.has("id"))
        .for_each(|element| *counts.entry(element.get("id")).or_default() += 1);
    let twice = counts.iter().filter(|(_, count)| **count > 1).map(|(id, _)| format!("id `{id}` twice"));
    let empty = counts.contains_key("").then(|| "an empty id".to_owned());
    let fors = page.all("label").filter(|(_, label)| label.has("for") && !counts.contains_key(label.get("for")));
    twice.chain(empty).chain(fors.map(|(_, label)| format!("a label for `{}`", label.get("for")))).collect()
}

/// Nothing is loaded from elsewhere, and nothing runs or is styled but by the files that the policy names.
fn foreign(page: &Document) -> Vec<String> {
    let mut faults = Vec::new();
    for element in &page.elements {
        let loads: Option<&str> = match element.name.as_str() {
            "script" | "img" | "iframe" | "source" | "audio" | "video" => Some("src"),
            "link" | "image" | "use" => Some("href"),
            _ => None,
        };
        if loads.is_some_and(|name| links::is_external(element.get(name))) {
            faults.push(format!("{} from elsewhere: {:?}", element.name, element.attributes));
        }
        let inline = element.attributes.keys().any(|name| name == "style" || name.starts_with("on"));
        if inline || element.name == "style" || element.name == "script" && !element.has("src") {
            faults.push(format!("inline style or script: {} {:?}", element.name, element.attributes));
        }
        if element.name == "a" && links::is_external(element.get("href")) {
            let is_safe = element.get("href").starts_with("https://") || element.get("href").starts_with("http://");
            if !is_safe || element.get("rel") != "noreferrer" {
                faults.push(format!("a link elsewhere: {:?}", element.attributes));
            }
        }
    }
    faults
}

#[test]
fn every_page_has_what_readers_need() {
    let (mut wrong, mut titles) = (Vec::new(), BTreeMap::<String, String>::new());
    for (path, page) in built().pages() {
        wrong.extend(faults(page).into_iter().map(|fault| format!("{path}: {fault}")));
        let title = page.all("title").map(|(place, _)| page.text(place)).next().unwrap_or_default();
        if let Some(other) = titles.insert(title, path.to_owned()) {
            wrong.push(format!("{path} and {other} have one title"));
        }
    }
    assert!(titles.len() > 400, "{}", titles.len());
    assert!(wrong.is_empty(), "{} faults, such as {:#?}", wrong.len(), &wrong[..wrong.len().min(20)]);
}

#[test]
fn neither_styles_nor_scripts_load_from_elsewhere() {
    let site = built();
    let style = site.text("style.css");
    assert!(!style.contains("@import") && !style.contains("url("), "the style sheet loads something");
    let script = site.text("site.js");
    for word in ["fetch(", "XMLHttpRequest", "WebSocket(", "innerHTML", "eval(", "http:", "https:"] {
        assert!(!script.contains(word), "the script has `{word}`");
    }
}

#[test]
fn a_page_that_lacks_something_is_found_out() {
    let good = "<html lang=en><head><title>T</title><meta name=viewport content=w><meta name=description content=d><meta http-equiv=Content-Security-Policy content=p></head>\
                <body><main><h1>H</h1><a href=x.html>x</a></main></body></html>";
    assert_eq!(faults(&Document::read(good)), Vec::<String>::new());
    let bad = [
        ("<title>T</title>", ""),
        ("<h1>H</h1>", "<h1>H</h1><h3>three</h3>"),
        ("<h1>H</h1>", "<h1>H</h1><input id=q>"),
        ("<h1>H</h1>", "<h1>H</h1><svg></svg>"),
        ("<h1>H</h1>", "<h1 id=a>H</h1><p id=a></p>"),
        ("x.html>x", "x.html>"),
        ("href=x.html", "href=https://example.org/"),
        ("<h1>H</h1>", "<h1>H</h1><img alt=a src=//example.org/a.png>"),
        ("<h1>H</h1>", "<h1>H</h1><p style='color: red'>p</p>"),
        ("<h1>H</h1>", "<h1>H</h1><table><tr><td>1</td></tr></table>"),
    ];
    for (from, to) in bad {
        assert!(good.contains(from), "{from}");
        assert_eq!(faults(&Document::read(&good.replacen(from, to, 1))).len(), 1, "{to}");
    }
}
