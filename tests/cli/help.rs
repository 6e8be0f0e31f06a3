//! `--help` is English and has an example for every command.

use super::{Desk, is_japanese};

#[test]
fn every_command_has_an_example() {
    let desk = Desk::new();
    let seen = walk(&desk, &mut Vec::new());
    assert!(seen > 70, "only {seen} commands were found");
    assert!(!desk.data().exists(), "help opens nothing");
}

/// Looks at this command's help and at all below it; answers how many there were.
fn walk(desk: &Desk, path: &mut Vec<String>) -> usize {
    let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
    args.push("--help");
    let ran = desk.run_in("ja_JP.UTF-8", &args, "");
    assert_eq!((ran.exit, ran.err.as_str()), (0, ""), "{path:?}");
    let example = format!("\n  kossorictl {}", path.join(" "));
    assert!(ran.out.contains("Example:"), "{path:?} has no example");
    assert!(
        ran.out.contains(example.trim_end()),
        "the example of {path:?} is of another command:\n{}",
        ran.out
    );
    assert!(!is_japanese(&ran.out), "{path:?}");
    let below: Vec<String> = ran
        .out
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A description that runs over several lines is indented further.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect();
    let mut seen = 1;
    for name in below {
        path.push(name);
        seen += walk(desk, path);
        path.pop();
    }
    seen
}

#[test]
fn completions_and_version_open_nothing() {
    let desk = Desk::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = desk.run(&["completions", shell]);
        assert!(ran.exit == 0 && ran.out.contains("kossorictl"), "{shell}");
    }
    let version = desk.run(&["--version"]);
    assert!(
        version.exit == 0 && version.out.starts_with("kossorictl "),
        "{version:?}"
    );
    assert!(!desk.data().exists());
}
