//! The page that `exodus report` writes, in a real browser. `SKIPPED:` says that none was there.

mod chromium;

use std::path::PathBuf;
use std::process::Command;

use chromium::Browser;
use exodus_tests::binary::Place;
use serde_json::{Value, json};

/// Names that would do something if they were taken for anything but text.
const HOSTILE: [&str; 5] = [
    "<script>alert(1)</script>",
    "a\"onload=\"alert(2)",
    "c ]]> --> \\end </style></title>",
    "</script><img src=x onerror=alert(3)>",
    "客户'&amp;\u{202e}evil\n{{7*7}}",
];

fn column(name: &str, nullable: bool) -> Value {
    json!({"name": name, "native_type": "bigint", "kind": "integer", "nullable": nullable})
}

fn table(name: &str, parent: Option<(&str, bool)>) -> Value {
    let mut columns = vec![column("id", false)];
    columns.extend(parent.map(|(_, nullable)| column("of_id", nullable)));
    let relations = parent.iter().map(|(parent, _)| {
        json!({"name": "fk", "parent": format!("\"{}\"", parent.replace('"', "\"\"")), "validated": true, "columns": [{"child": "of_id", "parent": "id"}]})
    });
    let name = format!("\"{}\"", name.replace('"', "\"\""));
    json!({"name": name, "columns": columns, "comment": format!("of {name}"), "primary_key": {"name": "pk", "columns": ["id"], "total": true}, "indexes": [["of_id"]], "relations": relations.collect::<Vec<_>>()})
}

/// Clients, posts of clients, comments of posts, skins that may have a client; settings, of nobody; and hostile names.
fn schema(hostile: bool) -> Value {
    let mut tables = vec![
        table("clients", None),
        table("comments", Some(("posts", false))),
        table("posts", Some(("clients", false))),
        table("settings", None),
        table("skins", Some(("clients", true))),
    ];
    if hostile {
        tables.extend(HOSTILE.iter().map(|name| table(name, Some(("posts", true)))));
        tables.push(table(&"long".repeat(75), Some((HOSTILE[0], false))));
    }
    json!({"version": 1, "engine": "sqlite", "server_version": "3", "tables": tables})
}

/// A folder with the report of that schema.
fn report(hostile: bool) -> (Place, PathBuf) {
    let place = Place::new("root = \"clients\"", &[]);
    std::fs::write(place.path().join("schema.json"), schema(hostile).to_string()).expect("a schema");
    let args = [
        "report",
        "--schema",
        "schema.json",
        "--date",
        "2026-11-23",
        "--out",
        "report.html",
    ];
    place.run(&args).expect(0);
    let path = place.path().join("report.html");
    (place, path)
}

/// The number of the table's group on the map.
fn id(browser: &mut Browser, name: &str) -> String {
    let script = format!(
        "JSON.parse(document.getElementById('data').textContent).tables.find(table => table.name === {}).id",
        json!(name)
    );
    browser.eval(&script).as_str().expect("an id").to_owned()
}

fn classes(browser: &mut Browser, id: &str) -> String {
    let script = format!("document.querySelector('#map .g-table[data-id=\"{id}\"]').getAttribute('class')");
    browser.eval(&script).as_str().expect("classes").to_owned()
}

#[track_caller]
fn nothing_noticed(browser: &Browser) {
    assert!(browser.noticed.is_empty(), "{:#?}", browser.noticed);
}

fn pdf_text(folder: &std::path::Path, pdf: &[u8]) -> Option<String> {
    let path = folder.join("printed.pdf");
    std::fs::write(&path, pdf).expect("a file");
    match Command::new("pdftotext").arg(&path).arg("-").output() {
        Ok(ran) => Some(String::from_utf8_lossy(&ran.stdout).into_owned()),
        Err(error) => {
            println!("SKIPPED: pdftotext, which has to read the printed page: {error}");
            None
        }
    }
}

#[test]
fn a_person_finds_a_table_and_its_path_and_leaves_others_out() {
    let Some(mut browser) = chromium::start() else { return };
    let (_place, path) = report(false);
    browser.go(&path);
    let (clients, posts, comments, skins, settings) = (
        id(&mut browser, "clients"),
        id(&mut browser, "posts"),
        id(&mut browser, "comments"),
        id(&mut browser, "skins"),
        id(&mut browser, "settings"),
    );
    browser.picture("light");
    searching(&mut browser, [&clients, &posts, &comments, &skins]);
    // A click leads to the section.
    browser.eval("document.getElementById('part-map').scrollIntoView({behavior: 'instant'})");
    browser.press("Escape");
    browser.click("#fit");
    browser.click(&format!("#map .g-table[data-id=\"{posts}\"] text"));
    let there = format!("location.hash === '#table-{}'", posts.trim_start_matches('t'));
    browser.wait_for(&there);
    assert_eq!(
        browser.eval("document.querySelector(':target h3').textContent.includes('posts')"),
        true
    );
    moving(&mut browser);
    filtering(&mut browser, &skins, &settings, &posts);
    nothing_noticed(&browser);
}

fn searching(browser: &mut Browser, [clients, posts, comments, skins]: [&String; 4]) {
    browser.press("/");
    browser.wait_for("document.activeElement.id === 'search'");
    browser.write("COMM");
    browser.wait_for("document.querySelectorAll('#found li').length === 1");
    browser.press("Enter");
    browser.wait_for(&format!("document.activeElement.dataset.id === '{comments}'"));
    for (table, lit) in [(clients, true), (posts, true), (comments, true), (skins, false)] {
        assert_eq!(classes(browser, table).contains("lit"), lit, "{table}");
    }
    assert_eq!(
        browser.eval("document.querySelectorAll('#map .g-relation.lit').length > 1"),
        true
    );
    assert_eq!(
        browser.eval("document.getElementById('map').viewBox.baseVal.width < 600"),
        true
    );
    browser.picture("found");
    // With the keys alone it goes on to the section.
    browser.press("Enter");
    browser.wait_for("location.hash.startsWith('#table-')");
    // The mouse lights, too, and stops.
    browser.eval(
        "document.activeElement.blur(); document.getElementById('part-map').scrollIntoView({behavior: 'instant'})",
    );
    browser.click("#fit");
    browser.hover(&format!("#map .g-table[data-id=\"{skins}\"] text"));
    assert!(classes(browser, skins).contains("lit") && classes(browser, clients).contains("lit"));
    assert!(!classes(browser, posts).contains("lit"));
    browser.hover("#search");
    assert_eq!(browser.eval("document.querySelectorAll('#map .lit').length"), 0);
}

/// What the map shows.
const VIEW: &str = "document.getElementById('map').getAttribute('viewBox')";

#[test]
fn one_finger_moves_and_two_zoom() {
    const VIEW_WIDTH: &str = "document.getElementById('map').viewBox.baseVal.width";
    let Some(mut browser) = chromium::start() else { return };
    let (_place, path) = report(false);
    let fingers = json!({"enabled": true, "maxTouchPoints": 2});
    browser.call("Emulation.setTouchEmulationEnabled", &fingers);
    browser.go(&path);
    browser.eval("document.getElementById('part-map').scrollIntoView({behavior: 'instant'})");
    let (whole, width) = (browser.eval(VIEW), browser.eval(VIEW_WIDTH));
    let (x, y) = browser.middle("#map");
    browser.fingers(&[[(x, y), (x + 90.0, y + 30.0)]]);
    browser.wait_for(&format!("{VIEW} !== {whole}"));
    assert_eq!(browser.eval(VIEW_WIDTH), width, "one finger zooms nothing");
    assert_eq!(browser.eval("location.hash"), "", "nor is it a click");
    let at = |by: f64| (x + by, y);
    browser.fingers(&[[at(-40.0), at(-120.0)], [at(40.0), at(120.0)]]);
    browser.wait_for(&format!("{VIEW_WIDTH} < {width} / 2"));
    browser.fingers(&[[at(-120.0), at(-40.0)], [at(120.0), at(40.0)]]);
    browser.wait_for(&format!("Math.abs({VIEW_WIDTH} - {width}) < {width} / 20"));
    nothing_noticed(&browser);
}

/// What is too long for a narrow window scrolls by itself; the page doesn't.
#[test]
fn a_narrow_window_shows_the_whole_width() {
    let Some(mut browser) = chromium::start() else { return };
    let (_place, path) = report(true);
    for width in [500, 360] {
        let narrow = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false});
        browser.call("Emulation.setDeviceMetricsOverride", &narrow);
        browser.go(&path);
        browser.picture(&format!("narrow-{width}"));
        let over = "[...document.querySelectorAll('body *')].filter(one => !one.closest('#map, .scroll, pre') && \
                    one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))";
        assert_eq!(browser.eval(over), json!([]), "{width}");
        let root = "document.documentElement.scrollWidth <= innerWidth";
        assert_eq!(browser.eval(root), true, "{width}");
    }
    nothing_noticed(&browser);
}

fn moving(browser: &mut Browser) {
    browser.eval("document.getElementById('part-map').scrollIntoView({behavior: 'instant'}); document.getElementById('map').focus()");
    let whole = browser.eval(VIEW);
    for key in ["+", "-", "ArrowRight", "ArrowUp"] {
        let before = browser.eval(VIEW);
        browser.press(key);
        assert_ne!(browser.eval(VIEW), before, "{key}");
    }
    browser.press("0");
    assert_eq!(browser.eval(VIEW), whole);
    let hash = browser.eval("location.hash");
    let middle = browser.middle("#map");
    browser.drag(middle, (120.0, 40.0));
    assert_ne!(browser.eval(VIEW), whole);
    assert_eq!(browser.eval("location.hash"), hash, "a drag is no click");
    browser.click("#fit");
    assert_eq!(browser.eval(VIEW), whole);
    // The wheel scrolls the page until the map was chosen.
    browser.eval("document.activeElement.blur()");
    let wheel = "document.getElementById('map').dispatchEvent(new WheelEvent('wheel', {deltaY: -100, clientX: 400, clientY: 400, bubbles: true, cancelable: true}))";
    assert_eq!(browser.eval(wheel), true, "it is left to the page");
    assert_eq!(browser.eval(VIEW), whole);
    browser.eval("document.getElementById('map').focus()");
    assert_eq!(browser.eval(wheel), false);
    assert_ne!(browser.eval(VIEW), whole);
    browser.click("#fit");
}

fn filtering(browser: &mut Browser, skins: &str, settings: &str, posts: &str) {
    let set = |id: &str, value: &str| {
        format!(
            "(() => {{ const one = document.getElementById('{id}'); one.value = '{value}'; one.dispatchEvent(new Event('change')); return one.value; }})()"
        )
    };
    let hidden = |id: &str| {
        format!(
            "[...document.querySelectorAll('[data-t=\"{id}\"]')].every(one => getComputedStyle(one).display === 'none')"
        )
    };
    browser.click("[data-class=neutral]");
    assert!(classes(browser, settings).contains("off") && !classes(browser, skins).contains("off"));
    assert_eq!(browser.eval(&hidden(settings)), true);
    assert_eq!(
        browser.eval("document.getElementById('said').textContent"),
        "4 of 5 tables"
    );
    browser.click("[data-class=neutral]");
    assert_eq!(browser.eval(&hidden(settings)), false);
    // Its path is not complete, and nothing else is wrong.
    assert_eq!(browser.eval(&set("rule", "horse-riddle")), "horse-riddle");
    assert!(!classes(browser, skins).contains("off") && classes(browser, posts).contains("off"));
    browser.eval(&set("rule", ""));
    assert_eq!(browser.eval(&set("layer", "1")), "1");
    assert!(!classes(browser, posts).contains("off") && classes(browser, settings).contains("off"));
    browser.picture("filtered");
    browser.eval(&set("layer", ""));
    assert_eq!(browser.eval("document.querySelectorAll('.out,.off').length"), 0);
}

#[test]
fn themes_paper_and_no_script() {
    let Some(mut browser) = chromium::start() else { return };
    let (place, path) = report(false);
    let ground = "getComputedStyle(document.body).backgroundColor";
    let dark =
        |on: bool| json!({"features": [{"name": "prefers-color-scheme", "value": if on { "dark" } else { "light" }}]});
    browser.call("Emulation.setEmulatedMedia", &dark(false));
    browser.go(&path);
    assert_eq!(browser.eval(ground), "rgb(255, 255, 255)");
    browser.click("#theme");
    let night = browser.eval(ground);
    assert_ne!(night, "rgb(255, 255, 255)");
    browser.call("Emulation.setEmulatedMedia", &dark(true));
    browser.picture("dark");
    browser.click("#theme");
    assert_eq!(
        browser.eval(ground),
        "rgb(255, 255, 255)",
        "the switch goes before the system"
    );
    browser.go(&path);
    assert_eq!(browser.eval(ground), night, "without it the system says");
    let title = "getComputedStyle(document.querySelector('#map .title.client')).fill";
    let fill = browser.eval(title);
    assert_ne!(fill, "rgb(207, 228, 245)", "the map has the theme, too");

    // On paper all is light and there, whatever is left out on the screen.
    browser.click("[data-class=client]");
    let text = pdf_text(place.path(), &browser.print());
    if let Some(text) = text {
        for part in [
            "What belongs to a client",
            "The map",
            "comments",
            "Path from the root",
            "settings",
            "Glossary",
        ] {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
        assert!(
            !text.contains("Search a table") && !text.contains("Light / dark"),
            "{text}"
        );
    }

    browser.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    browser.go(&path);
    let seen = |selector: &str| format!("getComputedStyle(document.querySelector('{selector}')).display !== 'none'");
    for (selector, is) in [
        (".bar", false),
        (".on-map", false),
        ("#map", true),
        ("#part-hazards", true),
        ("nav a", true),
    ] {
        assert_eq!(browser.eval(&seen(selector)), is, "{selector}");
    }
    let dead = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(link => !document.getElementById(link.getAttribute('href').slice(1))).map(link => link.outerHTML)";
    assert_eq!(browser.eval(dead), json!([]), "each link leads somewhere");
    let twice = "(() => { const ids = [...document.querySelectorAll('[id]')].map(one => one.id); return ids.length - new Set(ids).size; })()";
    assert_eq!(browser.eval(twice), 0);
    browser.picture("without-script");
    nothing_noticed(&browser);
}

#[test]
fn names_are_text_whatever_they_look_like() {
    let Some(mut browser) = chromium::start() else { return };
    let (_place, path) = report(true);
    browser.go(&path);
    browser.picture("hostile");
    assert_eq!(
        browser.eval("[document.scripts.length, document.images.length, document.styleSheets.length]"),
        json!([2, 0, 1])
    );
    let handlers = "[...document.querySelectorAll('*')].filter(one => [...one.attributes].some(at => at.name.startsWith('on'))).length";
    assert_eq!(browser.eval(handlers), 0);
    for name in &HOSTILE[..4] {
        let number = id(&mut browser, name);
        let title = format!(
            "document.querySelector('#table-{} h3 strong').textContent.trim()",
            number.trim_start_matches('t')
        );
        assert_eq!(browser.eval(&title), *name);
        // The script shows it as text, too.
        browser.eval("document.getElementById('search').focus()");
        browser.eval("document.getElementById('search').value = ''");
        browser.write(name.split(' ').next().unwrap_or_default());
        browser.wait_for("document.querySelectorAll('#found li').length > 0");
        assert_eq!(browser.eval("document.querySelectorAll('#found li *').length"), 0);
    }
    assert_eq!(
        browser.eval("document.body.textContent.includes('\\u202e')"),
        false,
        "nothing turns the text around it"
    );
    nothing_noticed(&browser);
    // Whatever slipped through an escape would not run.
    let planted = "(() => { const one = document.createElement('script'); one.textContent = 'window.ran = 1'; document.body.append(one); \
                   const image = document.createElement('img'); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image); \
                   return window.ran === undefined; })()";
    assert_eq!(browser.eval(planted), true);
}
