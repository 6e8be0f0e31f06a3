//! The page that a browser shows when it has come back from a sign-in: in both languages, since nobody knows the browser's.

use kossori_messages::{Language, say};

pub(crate) fn page() -> String {
    let told = [Language::Ja, Language::En].map(|language| {
        let words = |key| say(language, key, &[]);
        format!(
            "<section lang=\"{}\"><h1>{}</h1><p>{}</p></section>",
            language.as_str(),
            words("browser.came_back"),
            words("browser.came_back_more")
        )
    });
    format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title>Kossori</title><style>\
         body{{font:1rem/1.7 system-ui,sans-serif;max-width:32rem;margin:20vh auto;padding:0 1.5rem;\
         color:#2b2a27;background:#faf8f4}}h1{{font-size:1.15rem;margin:0}}p{{margin:.2rem 0 2rem}}\
         @media(prefers-color-scheme:dark){{body{{color:#e9e6df;background:#201f1d}}}}</style></head>\
         <body>{}</body></html>",
        told.concat()
    )
}
