//! WebKit's own driver on the real window: what its page says and has, and clicks in it. W3C WebDriver, as far as the
//! tests need it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::screen::{LIMIT, Screen};
use super::servers::{http, try_http};
use super::world::{program, wait_for};

pub struct Driver {
    url: String,
    session: String,
    window: u32,
    program: Child,
}

/// How the protocol names an element in JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Driver {
    /// The window, opened by the driver, in a language: `ja` or `en`.
    pub async fn open(screen: &Screen<'_>, what: &str, language: &str) -> Driver {
        Driver::open_with(screen, what, language, &[]).await
    }

    /// The same with more in its environment.
    pub async fn open_with(
        screen: &Screen<'_>,
        what: &str,
        language: &str,
        environment: &[(&str, &str)],
    ) -> Driver {
        Driver::open_program(&program("kossori"), screen, what, language, environment).await
    }

    /// The window's program as it lies elsewhere, with what lies beside it.
    pub async fn open_program(
        program: &Path,
        screen: &Screen<'_>,
        what: &str,
        language: &str,
        environment: &[(&str, &str)],
    ) -> Driver {
        let port = free_port();
        let locale = match language {
            "ja" => "ja_JP.UTF-8",
            _ => "C.UTF-8",
        };
        let child = screen
            .command("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .env("TZ", super::world::night_zone())
            .env("LC_ALL", locale)
            // Tauri lets a driver in only if it finds this.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is needed (see script/setup)");
        let url = format!("http://127.0.0.1:{port}");
        let listens = async {
            while try_http("GET", &format!("{url}/status"), &[], Vec::new())
                .await
                .is_none()
            {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(LIMIT, listens)
            .await
            .expect("the driver listens");
        let mut driver = Driver {
            url,
            session: String::new(),
            window: 0,
            program: child,
        };
        let binary = program.display().to_string();
        let folder = screen.world.data_dir().display().to_string();
        let options = json!({ "binary": binary, "args": [what, "--data-dir", folder] });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let answer = driver.post("session", &wanted).await;
        driver.session = answer["sessionId"].as_str().expect("a session").to_owned();
        driver.window = child_of(driver.program.id()).expect("the window's process");
        // The field that is there before it is another one than the page's own.
        let whole =
            "document.querySelector('#page')?.childElementCount > 0 && !document.querySelector('.first')";
        driver.until("the page", whole).await;
        driver
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let url = format!("{}/{path}", self.url);
        let headers = [("content-type", "application/json")];
        let reply = http("POST", &url, &headers, body.to_string().into_bytes()).await;
        let answer = reply.json();
        assert!(
            answer["value"]["error"].is_null(),
            "the driver refuses {path}: {answer}"
        );
        answer["value"].clone()
    }

    /// What a script in the page comes to; `body` ends with a `return`.
    pub async fn run(&self, body: &str) -> Value {
        let path = format!("session/{}/execute/sync", self.session);
        self.post(&path, &json!({ "script": body, "args": [] })).await
    }

    /// Everything that can be read.
    pub async fn text(&self) -> String {
        let text = self.run("return document.body.innerText").await;
        text.as_str().expect("text").to_owned()
    }

    pub async fn until(&self, what: &str, condition: &str) {
        let holds = async {
            while self.run(&format!("return !!({condition})")).await != true {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(LIMIT, holds).await.is_err() {
            panic!("waited in vain for {what}; the page says: {}", self.text().await);
        }
    }

    pub async fn until_it_says(&self, words: &str) {
        let condition = format!("document.body.innerText.includes({})", json!(words));
        self.until(&format!("“{words}”"), &condition).await;
    }

    /// What stands in the composer's text.
    pub async fn written(&self) -> String {
        let text = self.run("return document.querySelector('textarea').value").await;
        text.as_str().expect("text").to_owned()
    }

    /// The middle of an element, from the window's upper left corner.
    pub async fn middle_of(&self, css: &str) -> (i32, i32) {
        let found = format!("document.querySelector({})", json!(css));
        self.until(css, &found).await;
        let script = format!(
            "const at = {found}.getBoundingClientRect(); \
             return [Math.round(at.x + at.width / 2), Math.round(at.y + at.height / 2)]"
        );
        let [x, y] = serde_json::from_value(self.run(&script).await).expect("two numbers");
        (x, y)
    }

    /// The mouse goes there and clicks. A drag has windows of the same name: the one that is meant was found before.
    pub async fn click(&self, screen: &Screen<'_>, window: &str, css: &str) {
        let (left, top) = screen.place_of(window);
        let (x, y) = self.middle_of(css).await;
        screen.click((i32::from(left) + x, i32::from(top) + y), "1");
    }

    /// Until the window's program is no more.
    pub fn wait_for_end(mut self) {
        let stat = Path::new("/proc").join(self.window.to_string()).join("stat");
        wait_for("the window's program to end", LIMIT, || {
            // Whoever started it may not have looked yet.
            std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "))
        });
        // Its number may be another one's by now.
        self.window = 0;
    }

    async fn element(&self, css: &str) -> String {
        let path = format!("session/{}/element", self.session);
        let found = self
            .post(&path, &json!({ "using": "css selector", "value": css }))
            .await;
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    /// Waits for a button, a tab or a choice that is named or reads so, and presses it.
    pub async fn press(&self, words: &str) {
        let words = json!(words);
        let found = format!(
            "[...document.querySelectorAll('button, label, [role=tab]')].find(one => {{ \
             const name = one.getAttribute('aria-label') ?? one.innerText.trim(); \
             return one.getClientRects().length > 0 && one.getAttribute('aria-disabled') !== 'true' \
             && (name === {words} || name.split('\\n')[0].trim() === {words}); }})"
        );
        self.until(&format!("{words} to press"), &found).await;
        self.run(&format!("{found}.click()")).await;
    }

    /// Waits for an element and gives it the focus.
    pub async fn focus(&self, css: &str) {
        let found = format!("document.querySelector({})", json!(css));
        self.until(css, &found).await;
        self.run(&format!("{found}.focus()")).await;
    }

    pub async fn until_focused(&self, css: &str) {
        let condition = format!("document.activeElement?.matches({})", json!(css));
        self.until(&format!("the focus on {css}"), &condition).await;
    }

    /// Keys, one after another, without an input method.
    pub async fn type_into(&self, css: &str, text: &str) {
        let element = self.element(css).await;
        let path = format!("session/{}/element/{element}/value", self.session);
        self.post(&path, &json!({ "text": text })).await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if self.window != 0 {
            kill(self.window);
        }
        drop(self.program.kill());
        drop(self.program.wait());
    }
}

pub fn kill(pid: u32) {
    drop(Command::new("kill").args(["-9", &pid.to_string()]).status());
}

fn free_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.local_addr().expect("its address").port()
}

/// The process whose parent is this one.
fn child_of(parent: u32) -> Option<u32> {
    let of = |pid: u32| std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok();
    std::fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .find(|pid| {
            of(*pid).is_some_and(|stat| {
                let after = stat.rsplit(')').next().unwrap_or_default();
                after.split_whitespace().nth(1) == Some(&parent.to_string())
            })
        })
}
