//! The window program.

fn main() -> std::process::ExitCode {
    kossori_shell::run()
}
