//! A real browser without a screen, driven over a pipe (the DevTools protocol, one JSON message after the other).

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Longer than anything takes on a machine that has much to do.
const DEADLINE: Duration = Duration::from_secs(90);

/// A browser with one page.
pub(crate) struct Browser {
    process: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: Option<String>,
    last: u64,
    /// What the page asked for, complained of, or wanted to tell: addresses, errors, dialogs.
    pub(crate) noticed: Vec<String>,
    _profile: TempDir,
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its children end with it: their pipes to it break.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Starts one; none where there is no Chromium.
pub(crate) fn start() -> Option<Browser> {
    let Some(program) = ["chromium", "chromium-browser"].into_iter().find(|name| is_there(name)) else {
        println!("SKIPPED: chromium is not there, which has to open the page; tests/run installs it");
        return None;
    };
    let profile = TempDir::new().expect("a folder");
    // The protocol is spoken on the descriptors 3 and 4, which only a shell can make of the two that there are.
    let script = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";
    let mut process = Command::new("sh")
        .args(["-c", script, program, "--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-dev-shm-usage", "--no-first-run", "--remote-debugging-pipe"])
        // Whatever the page asked for would go nowhere.
        .args(["--proxy-server=127.0.0.1:9", "--window-size=1400,1000"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let commands = process.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(process.stdout.take().expect("a pipe"));
    let (sender, messages) = channel();
    std::thread::spawn(move || {
        let mut message = vec![];
        while matches!(answers.read_until(0, &mut message), Ok(n) if n > 0) {
            message.pop();
            let value = serde_json::from_slice(&message).expect("JSON");
            if sender.send(value).is_err() {
                break;
            }
            message.clear();
        }
    });
    let mut browser = Browser {
        process,
        commands,
        messages,
        session: None,
        last: 0,
        noticed: vec![],
        _profile: profile,
    };
    browser.open();
    Some(browser)
}

fn is_there(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

impl Browser {
    fn open(&mut self) {
        let target = self.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = self.call(
            "Target.attachToTarget",
            &json!({"targetId": target["targetId"], "flatten": true}),
        );
        self.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            self.call(&format!("{domain}.enable"), &json!({}));
        }
    }

    /// Sends a command and waits for its answer.
    #[track_caller]
    pub(crate) fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.commands
            .write_all(format!("{message}\0").as_bytes())
            .expect("the browser listens");
        let id = self.last;
        let answer = self.until(method, |message| message["id"] == id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    #[track_caller]
    fn until(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let rest = DEADLINE.saturating_sub(start.elapsed());
            let message = self.messages.recv_timeout(rest);
            let message = message.unwrap_or_else(|error| panic!("{what}: the browser says nothing: {error}"));
            self.notice(&message);
            if is_it(&message) {
                return message;
            }
        }
    }

    fn notice(&mut self, message: &Value) {
        let params = &message["params"];
        let said = match message["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = params["request"]["url"].as_str().unwrap_or_default();
                (!url.starts_with("file:")).then(|| format!("asked for {url}"))
            }
            Some("Runtime.consoleAPICalled") => Some(format!("console: {}", params["args"])),
            Some("Runtime.exceptionThrown") => Some(format!("exception: {}", params["exceptionDetails"])),
            Some("Log.entryAdded") => Some(format!("log: {}", params["entry"]["text"])),
            Some("Page.javascriptDialogOpening") => Some(format!("dialog: {}", params["message"])),
            _ => None,
        };
        self.noticed.extend(said);
    }

    /// Opens a file and waits until it is there.
    #[track_caller]
    pub(crate) fn go(&mut self, path: &std::path::Path) {
        self.call("Page.navigate", &json!({"url": format!("file://{}", path.display())}));
        self.until("loading", |message| message["method"] == "Page.loadEventFired");
    }

    /// The value of an expression in the page.
    #[track_caller]
    pub(crate) fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, expression: &str) {
        let start = Instant::now();
        while self.eval(expression) != Value::Bool(true) {
            assert!(start.elapsed() < DEADLINE, "never: {expression}");
        }
    }

    /// Presses a key, as a person would.
    pub(crate) fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            _ => 0,
        };
        let text = match key {
            "Enter" => Some("\r".to_owned()),
            one if one.chars().count() == 1 => Some(one.to_owned()),
            _ => None,
        };
        let mut down = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        if let Some(text) = text {
            down["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", &down);
        self.call(
            "Input.dispatchKeyEvent",
            &json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}),
        );
    }

    /// Writes, as a person would.
    pub(crate) fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    fn mouse(&mut self, kind: &str, (x, y): (f64, f64), held: bool) {
        let button = if kind == "mouseMoved" && !held { "none" } else { "left" };
        let clicks = i32::from(kind != "mouseMoved");
        let buttons = i32::from(held);
        self.call(
            "Input.dispatchMouseEvent",
            &json!({"type": kind, "x": x, "y": y, "button": button, "buttons": buttons, "clickCount": clicks}),
        );
    }

    /// The middle of what a selector finds, on the screen.
    #[track_caller]
    pub(crate) fn middle(&mut self, selector: &str) -> (f64, f64) {
        let script = format!(
            "(() => {{ const one = document.querySelector({}); const area = one.getBoundingClientRect(); return [area.x + \
             area.width / 2, area.y + area.height / 2]; }})()",
            json!(selector)
        );
        let place = self.eval(&script);
        (
            place[0].as_f64().expect("a number"),
            place[1].as_f64().expect("a number"),
        )
    }

    /// Moves the mouse onto something.
    #[track_caller]
    pub(crate) fn hover(&mut self, selector: &str) {
        let place = self.middle(selector);
        self.mouse("mouseMoved", place, false);
    }

    /// Clicks on something.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let place = self.middle(selector);
        self.mouse("mouseMoved", place, false);
        self.mouse("mousePressed", place, true);
        self.mouse("mouseReleased", place, false);
    }

    /// Drags from the middle of something.
    #[track_caller]
    pub(crate) fn drag(&mut self, from: (f64, f64), by: (f64, f64)) {
        let (x, y) = from;
        self.mouse("mouseMoved", from, false);
        self.mouse("mousePressed", from, true);
        self.mouse("mouseMoved", (x + by.0 / 2.0, y + by.1 / 2.0), true);
        self.mouse("mouseMoved", (x + by.0, y + by.1), true);
        self.mouse("mouseReleased", (x + by.0, y + by.1), false);
    }

    /// Fingers that go from one place to another, and are lifted.
    pub(crate) fn fingers(&mut self, ways: &[[(f64, f64); 2]]) {
        const STEPS: u32 = 4;
        for step in 0..=STEPS {
            let part = f64::from(step) / f64::from(STEPS);
            let at = |(id, [from, to]): (usize, &[(f64, f64); 2])| {
                let (x, y) = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
                json!({"id": id, "x": x, "y": y})
            };
            let points: Vec<_> = ways.iter().enumerate().map(at).collect();
            let kind = if step == 0 { "touchStart" } else { "touchMove" };
            self.call(
                "Input.dispatchTouchEvent",
                &json!({"type": kind, "touchPoints": points}),
            );
        }
        self.call(
            "Input.dispatchTouchEvent",
            &json!({"type": "touchEnd", "touchPoints": []}),
        );
    }

    /// What is on the screen, for people who debug a test: where `EXODUS_TEST_PICTURES` names a folder, as a file in it.
    pub(crate) fn picture(&mut self, name: &str) {
        if let Some(folder) = std::env::var_os("EXODUS_TEST_PICTURES") {
            let answer = self.call("Page.captureScreenshot", &json!({"format": "png"}));
            let path = std::path::Path::new(&folder).join(format!("{name}.png"));
            std::fs::write(path, bytes(&answer["data"])).expect("a picture");
        }
    }

    /// The page on paper, as PDF.
    pub(crate) fn print(&mut self) -> Vec<u8> {
        let params = json!({"printBackground": true, "preferCSSPageSize": true});
        bytes(&self.call("Page.printToPDF", &params)["data"])
    }
}

/// Of the usual text form of bytes.
fn bytes(text: &Value) -> Vec<u8> {
    let digits = text.as_str().expect("a text").bytes().filter_map(|c| {
        Some(match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    });
    let digits: Vec<_> = digits.collect();
    let mut out = vec![];
    for four in digits.chunks(4) {
        let at = |n: usize| u32::from(four.get(n).copied().unwrap_or(0));
        let all = at(0) << 18 | at(1) << 12 | at(2) << 6 | at(3);
        out.extend(all.to_be_bytes()[1..].iter().take(four.len() - 1));
    }
    out
}
