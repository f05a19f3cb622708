//! A page as a list of elements, read by a tokenizer that knows what HTML is.

use std::collections::BTreeMap;

use html5gum::{Token, Tokenizer};

/// Elements that have no end tag (HTML section 13.1.2).
const VOID: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// One element.
#[derive(Debug)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// The elements that it is in, the outermost first, by their places.
    pub inside: Vec<usize>,
    /// The place behind the last element in it.
    end: usize,
    /// The text that is in it and in no element of it.
    own_text: String,
}

/// A page.
#[derive(Debug, Default)]
pub struct Document {
    /// Its elements, in the order of their start tags.
    pub elements: Vec<Element>,
    /// What is wrong with its syntax.
    pub faults: Vec<String>,
}

impl Element {
    /// An attribute; empty where it is not there.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// Whether it has an attribute.
    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}

impl Document {
    /// Reads a page.
    pub fn read(text: &str) -> Self {
        let (mut page, mut open) = (Self::default(), Vec::<usize>::new());
        let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for Ok(token) in Tokenizer::new(text) {
            match token {
                Token::StartTag(tag) => {
                    let name = words(&tag.name);
                    let attributes = tag.attributes.iter().map(|(name, value)| (words(name), words(value))).collect();
                    let place = page.elements.len();
                    let is_void = VOID.contains(&name.as_str());
                    let element =
                        Element { name, attributes, inside: open.clone(), end: place + 1, own_text: String::new() };
                    page.elements.push(element);
                    if !is_void {
                        open.push(place);
                    }
                }
                Token::EndTag(tag) => {
                    let name = words(&tag.name);
                    match open.pop() {
                        Some(place) if page.elements[place].name == name => {
                            page.elements[place].end = page.elements.len()
                        }
                        place => page
                            .faults
                            .push(format!("</{name}> ends {:?}", place.map(|place| &page.elements[place].name))),
                    }
                }
                Token::String(text) => {
                    if let Some(place) = open.last() {
                        page.elements[*place].own_text.push_str(&words(&text));
                    }
                }
                Token::Error(error) => page.faults.push(format!("{:?}", error.value)),
                Token::Comment(_) | Token::Doctype(_) => {}
            }
        }
        page.faults.extend(open.iter().map(|place| format!("<{}> has no end", page.elements[*place].name)));
        page
    }

    /// All elements of a name, with their places.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (usize, &'a Element)> {
        self.elements.iter().enumerate().filter(move |(_, element)| element.name == name)
    }

    /// All text in an element, of the outer elements first.
    pub fn text(&self, place: usize) -> String {
        self.elements[place..self.elements[place].end].iter().map(|element| element.own_text.as_str()).collect()
    }

    /// The elements in one, it left out.
    pub fn within(&self, place: usize) -> impl Iterator<Item = (usize, &Element)> {
        self.elements.iter().enumerate().take(self.elements[place].end).skip(place + 1)
    }

    /// The text of each element that is not in one of these, with its place.
    pub fn texts_outside<'a>(&'a self, of: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
        let is_inside = |element: &&Element| {
            let names = element.inside.iter().map(|place| self.elements[*place].name.as_str());
            !names.chain([element.name.as_str()]).any(|name| of.contains(&name))
        };
        self.elements.iter().filter(is_inside).map(|element| element.own_text.as_str())
    }

    /// The place of the element with an id.
    pub fn find(&self, id: &str) -> Option<usize> {
        self.elements.iter().position(|element| element.get("id") == id)
    }
}

#[test]
fn elements_are_read_with_what_they_are_in() {
    let page = Document::read("<main><h1 id=a>One <b>two</b></h1><br><p>three</p></main>");
    assert!(page.faults.is_empty(), "{:?}", page.faults);
    let heading = page.find("a").unwrap();
    assert_eq!(page.text(heading), "One two");
    assert_eq!(page.elements[heading].inside, [0]);
    assert_eq!(page.within(0).map(|(_, element)| element.name.as_str()).collect::<Vec<_>>(), ["h1", "b", "br", "p"]);
}

#[test]
fn what_is_not_closed_or_doubled_is_a_fault() {
    assert_eq!(Document::read("<p><b></p>").faults.len(), 2);
    assert_eq!(Document::read("<p class=a class=b></p>").faults.len(), 1);
}
