//! A sign-in by browser: its address is printed and opened, then the command waits for the person to come back.

use std::io::Write;
use std::process::{Command, Stdio};

use kossori_api::{Code, Problem, Request, SecretInput, SignInBegun};
use serde_json::Value;

use crate::complain::for_terminal;
use crate::content::secret_line;
use crate::session::{Session, Will};
use crate::task::{Outcome, Show, read};
use crate::words::Words;

pub struct SignInByBrowser {
    /// Asked before: what needs no browser (practice) is done with it.
    pub without: Option<Request>,
    pub begin: Request,
    pub paste: bool,
    pub will: Will,
    pub show: Show,
}

impl SignInByBrowser {
    pub async fn carry_out(&self, session: &Session, words: &Words) -> Outcome<Value> {
        if let Some(without) = &self.without {
            match session.ask(without).await {
                Err(problem) if problem.code == Code::NeedsSignIn => {}
                answer => return answer,
            }
        }
        let begun: SignInBegun = read(session.ask(&self.begin).await?)?;
        // Standard output is the answer's; whoever has no browser here opens the address elsewhere.
        say(&[&words.say("cli.sign_in_open", &[]), &begun.url]);
        open(&begun.url);
        let waiting = if self.paste {
            "cli.sign_in_paste"
        } else {
            "cli.sign_in_waiting"
        };
        say(&[&words.say(waiting, &[])]);
        let pasted = if self.paste { Some(pasted().await?) } else { None };
        let wait = Request::SignInWait {
            id: begun.id.clone(),
            pasted,
        };
        tokio::select! {
            answer = session.ask(&wait) => answer,
            // The port is not to stay open for a person who has left.
            _ = tokio::signal::ctrl_c() => {
                drop(session.ask(&Request::SignInCancel { id: begun.id }).await);
                Err(Problem::new(Code::UnknownSignIn))
            }
        }
    }
}

fn say(lines: &[&str]) {
    let mut out = std::io::stderr().lock();
    for line in lines {
        // A terminal that is gone reads nothing.
        let _ = writeln!(out, "{}", for_terminal(line));
    }
}

async fn pasted() -> Outcome<SecretInput> {
    tokio::task::spawn_blocking(secret_line)
        .await
        .unwrap_or_else(|_| Err(Problem::new(Code::Internal)))
}

/// With the system's own opener, which may not be there: the address was printed.
fn open(url: &str) {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let opened = Command::new(opener)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    drop(opened);
}
